//! What the operator sets of responses: --header and `[[headers]]`, --security-headers, --error-page; and the two forms of a
//! refusal.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{read_to_close, send};
use program::{Program, command};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// The user `ada` with the password `password`, which is checked in a millisecond.
const USER: &str = "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const LOGIN: &str = "Authorization: Basic YWRhOnBhc3N3b3Jk\r\n";

fn make_root() -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("assets/sub")).unwrap();
    for (name, content) in [
        ("index.html", "<p>index"),
        ("a.txt", "a text"),
        ("a b.txt", "spaced"),
        ("assets/a.js", "1"),
        ("assets/sub/b.js", "2"),
        ("404.html", "<p>own 404"),
        ("401.html", "<p>own 401"),
        ("421.html", "<p>own 421"),
    ] {
        fs::write(dir.path().join(name), content).unwrap();
    }
    let root = dir.path().to_str().unwrap().to_owned();
    (dir, root)
}

/// The whole response to a request.
fn ask_at(address: SocketAddr, method: &str, path: &str, fields: &str) -> String {
    let host = if fields.contains("Host:") { "" } else { "Host: a\r\n" };
    let request = format!("{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n{fields}\r\n");
    read_to_close(&mut send(address, request.as_bytes()))
}

fn ask(program: &Program, method: &str, path: &str, fields: &str) -> String {
    ask_at(program.address, method, path, fields)
}

fn status(response: &str) -> u16 {
    response[9..12].parse().unwrap()
}

/// The values of a field.
fn values<'r>(response: &'r str, name: &str) -> Vec<&'r str> {
    let head = response.split("\r\n\r\n").next().unwrap();
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

fn body(response: &str) -> &str {
    response.split_once("\r\n\r\n").unwrap().1
}

/// The exit code and stderr of a start that fails, or of --check-config.
fn fail(flags: &[&str]) -> (Option<i32>, String) {
    let output = command(flags).args(["--bind", "127.0.0.1:0"]).output().expect("it runs");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code(), stderr)
}

in_every_mode! {
fn every_response_has_the_fields_of_header(mode) {
    let (_dir, root) = make_root();
    let program = Program::start_in(mode, &[
        "--root", &root,
        "--header", "X-Own: a, b",
        "--header", "Link: </one>",
        "--header", "link: </two>",
        "--header", "Cache-Control: max-age=60",
        "--header", "Vary: Cookie, Accept-Encoding",
        "--header", "Content-Type: text/x-own",
    ]);
    for (method, path, fields, expected) in [
        ("GET", "/a.txt", "", 200),
        ("HEAD", "/a.txt", "", 200),
        ("GET", "/a.txt", "If-None-Match: *\r\n", 304),
        ("GET", "/a.txt", "Range: bytes=0-1\r\n", 206),
        ("GET", "/a.txt", "Range: bytes=900-\r\n", 416),
        ("GET", "/assets", "", 308),
        ("GET", "/nothing", "", 404),
        ("POST", "/a.txt", "", 405),
        ("OPTIONS", "/a.txt", "", 204),
        ("BREW", "/a.txt", "", 501),
        ("GET", "/#f", "", 400),
    ] {
        let answer = ask(&program, method, path, fields);
        assert_eq!(status(&answer), expected, "{answer}");
        assert_eq!(values(&answer, "x-own"), ["a, b"], "{answer}");
        assert_eq!(values(&answer, "link"), ["</one>", "</two>"], "{answer}");
        let vary = values(&answer, "vary").join(", ");
        assert_eq!((vary.matches("Cookie").count(), vary.matches("Accept-Encoding").count()), (1, 1), "{answer}");
        // The server's own Cache-Control is replaced, but not in a refusal; and no refusal gets the type of a file.
        let cache_control: &[&str] = if expected < 400 { &["max-age=60"] } else { &[] };
        assert_eq!(values(&answer, "cache-control"), cache_control, "{answer}");
        let is_typed = matches!(expected, 200 | 206);
        assert_eq!(values(&answer, "content-type") == ["text/x-own"], is_typed, "{answer}");
    }
}

fn what_is_refused_has_its_page_whatever_refuses_it(mode) {
    let (_dir, root) = make_root();
    let program = Program::start_in(mode, &[
        "--root", &root,
        "--pages",
        "--basic-auth", USER,
        "--allow-host", "a",
        "--error-page", "404=404.html,401=401.html",
        "--error-page", "421=421.html",
    ]);
    let other = ask(&program, "GET", "/a.txt", "Host: b\r\n");
    assert_eq!((status(&other), body(&other)), (421, "<p>own 421"), "{other}");
    for (method, path) in [("GET", "/a.txt"), ("GET", "/nothing"), ("POST", "/"), ("HEAD", "/a.txt")] {
        let answer = ask(&program, method, path, "");
        let page = if method == "HEAD" { "" } else { "<p>own 401" };
        assert_eq!((status(&answer), body(&answer)), (401, page), "{answer}");
        assert!(values(&answer, "www-authenticate")[0].starts_with("Basic "), "{answer}");
        assert_eq!(values(&answer, "content-length"), ["10"], "{answer}");
        assert_eq!(values(&answer, "content-type"), ["text/html; charset=utf-8"], "{answer}");
        assert!(values(&answer, "cache-control").iter().any(|value| value.contains("no-store")), "{answer}");
    }
    let nothing = ask(&program, "GET", "/nothing", LOGIN);
    assert_eq!((status(&nothing), body(&nothing)), (404, "<p>own 404"), "{nothing}");
    // Without a page there is that of the server, and in the form that the request accepts.
    let post = ask(&program, "POST", "/a.txt", &format!("{LOGIN}Accept: application/json\r\n"));
    assert_eq!((status(&post), values(&post, "content-type")), (405, vec!["application/problem+json"]), "{post}");
    assert!(body(&post).contains("\"status\":405"), "{post}");
    let malformed = ask(&program, "GET", "/#f", "Accept: application/json\r\n");
    assert!(status(&malformed) == 400 && body(&malformed).starts_with("<!doctype html>"), "{malformed}");
}

#[ignore = "needs curl: tests/run installs it"]
fn curl_gets_html_unless_it_asks_for_json(mode) {
    let program = Program::start_in(mode, &["--header", "X-Own: a"]);
    let curl = |args: &[&str]| {
        let output = Command::new("curl").args(["-sSi", "--max-time", "60", &program.url("/nothing")]).args(args).output();
        String::from_utf8(output.expect("curl runs").stdout).expect("text")
    };
    let page = curl(&[]);
    assert_eq!((status(&page), values(&page, "content-type")), (404, vec!["text/html; charset=utf-8"]));
    assert!(body(&page).len() < 400 && page.ends_with('\n'), "{page}");
    let problem = curl(&["-H", "Accept: application/json"]);
    assert_eq!(values(&problem, "content-type"), ["application/problem+json"]);
    assert_eq!(values(&problem, "vary"), ["Accept"]);
    assert_eq!(values(&problem, "x-own"), ["a"]);
    let json: serde_json::Value = serde_json::from_str(body(&problem)).expect("JSON");
    assert_eq!((json["status"].as_u64(), json["title"].as_str()), (Some(404), Some("Not Found")));
}
}

#[test]
fn fields_are_set_by_path_and_the_later_table_counts() {
    let (dir, root) = make_root();
    let config = dir.path().join("bantam.toml");
    fs::write(
        &config,
        r#"
header = ["X-Own: every", "X-Other: every"]

[[headers]]
for = "/assets/*"
fields = { Cache-Control = "public, max-age=3600", X-Own = "assets" }

[[headers]]
for = "/**/b.js"
[headers.fields]
X-Own = ["deep", "twice"]
Cache-Control = "no-store"

[[headers]]
for = "/a%20b.txt"
fields = { X-Own = "spaced", X-Other = "" }

[[headers]]
for = "/**/*.html"
fields = { X-Own = "html" }
"#,
    )
    .unwrap();
    let program = Program::start(&["--config", config.to_str().unwrap(), "--root", &root, "--listing"]);
    for (path, expected, own, cache_control) in [
        ("/a.txt", 200, &["every"][..], "no-cache"),
        ("/assets/a.js", 200, &["assets"], "public, max-age=3600"),
        ("/%61ssets/%61.js", 200, &["assets"], "public, max-age=3600"),
        ("/assets/a.js?x", 200, &["assets"], "public, max-age=3600"),
        ("/assets/nothing.js", 404, &["assets"], ""),
        ("/assets/", 200, &["html"], "public, max-age=3600"),
        ("/assets", 308, &["every"], ""),
        ("/assets/sub/b.js", 200, &["deep", "twice"], "no-store"),
        ("/b.js", 404, &["deep", "twice"], ""),
        ("/a%20b.txt", 200, &["spaced"], "no-cache"),
        ("/", 200, &["html"], "no-cache"),
        ("/404.html", 200, &["html"], "no-cache"),
    ] {
        let answer = ask(&program, "GET", path, "");
        assert_eq!((status(&answer), &*values(&answer, "x-own")), (expected, own), "{path}: {answer}");
        assert_eq!(values(&answer, "cache-control").join(""), cache_control, "{path}: {answer}");
        assert_eq!(values(&answer, "x-other").is_empty(), path == "/a%20b.txt", "{answer}");
    }
}

#[test]
fn an_error_in_a_table_names_its_line_and_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("bantam.toml");
    let rule = "[[headers]]\nfor = \"/a\"\n";
    for (text, line, word) in [
        ("headers = 1".into(), 1, "[[headers]]"),
        ("headers = [1]".into(), 1, "[[headers]]"),
        ("[headers]\nfor = \"/a\"".into(), 1, "[[headers]]"),
        (format!("quiet = true\n{rule}"), 2, "\"fields\""),
        (format!("{rule}fields = {{}}"), 1, "\"fields\""),
        ("[[headers]]\nfields = { X = \"a\" }".into(), 1, "\"for\""),
        ("[[headers]]\nfor = 1".into(), 2, "\"for\""),
        ("[[headers]]\n\nfor = \"a/*\"\nfields = { X = \"a\" }".into(), 3, "does not begin with a slash"),
        ("[[headers]]\nfor = \"/*.{js,css}\"\nfields = { X = \"a\" }".into(), 2, "%7B"),
        (format!("{rule}fields = \"X: a\""), 3, "\"fields\""),
        (format!("{rule}fields = {{ X = 1 }}"), 3, "\"X\""),
        (format!("{rule}fields = {{ X = [\"a\", 1] }}"), 3, "\"X\""),
        (format!("{rule}[headers.fields]\nX = \"a\"\nContent-Length = \"1\""), 5, "Content-Length"),
        (format!("{rule}[headers.fields]\nX = \"a\\nb\""), 4, "X"),
        (format!("{rule}[headers.fields]\n\"X Y\" = \"a\""), 4, "X Y"),
        (format!("{rule}fields = {{ X = \"a\" }}\nto = 1"), 4, "\"to\""),
    ] {
        fs::write(&config, &text).unwrap();
        let (code, stderr) = fail(&["--config", config.to_str().unwrap()]);
        assert_eq!(code, Some(2), "{text}: {stderr}");
        assert!(
            stderr.contains(&format!("bantam.toml: line {line}: ")) && stderr.contains(word),
            "{text}: {stderr}"
        );
    }
}

#[test]
fn an_invalid_value_is_one_sentence_and_code_2() {
    let (_dir, root) = make_root();
    for (flags, code, word) in [
        (&["--header", "X"][..], 2, "expected NAME: VALUE"),
        (&["--header", "a b: c"], 2, "is not the name of a field"),
        (&["--header", "X: a\u{7f}"], 2, "ASCII"),
        (&["--header", "Content-Length: 5"], 2, "the server's own"),
        (&["--header", "transfer-encoding: chunked"], 2, "the server's own"),
        (&["--header", "Connection: close"], 2, "the server's own"),
        (&["--header", "Date: today"], 2, "the server's own"),
        (&["--header", &format!("X: {}", "x".repeat(5000))], 2, "4096 at most"),
        (&["--root", &root, "--error-page", "404"], 2, "expected STATUS=FILE"),
        (&["--root", &root, "--error-page", "200=404.html"], 2, "400 to 599"),
        (&["--root", &root, "--error-page", "404=404.html,404=401.html"], 2, "404 is given twice"),
        (&["--root", &root, "--error-page", "404=nothing.html"], 1, "is not a file below the root"),
        (&["--error-page", "404=404.html"], 2, "--root <DIR>"),
        (&["--basic-auth", USER, "--header", "Cache-Control: public"], 2, "shared caches"),
    ] {
        for check in [&[][..], &["--check-config"]] {
            let (found, stderr) = fail(&[flags, check].concat());
            assert_eq!(found, Some(code), "{flags:?}: {stderr}");
            assert!(stderr.contains(word), "{flags:?}: {stderr}");
        }
    }
    let valid = [
        "--check-config",
        "--root",
        &root,
        "--error-page",
        "404=404.html",
        "--header",
        "X: a",
        "--security-headers",
    ];
    assert_eq!(fail(&valid).0, Some(0));
}

/// The paths of a certificate and its key.
fn make_pair(dir: &Path) -> [PathBuf; 2] {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let paths = [dir.join("a.crt"), dir.join("a.key")];
    fs::write(&paths[0], certificate.pem()).unwrap();
    fs::write(&paths[1], key.serialize_pem()).unwrap();
    paths
}

#[test]
fn security_headers_are_a_set_that_header_changes_and_https_adds_hsts() {
    let (dir, root) = make_root();
    let usual = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "SAMEORIGIN"),
        ("content-security-policy", "frame-ancestors 'self'"),
    ];
    let plain = Program::start(&["--root", &root, "--listing", "--security-headers"]);
    for path in ["/a.txt", "/nothing", "/#f"] {
        let answer = ask(&plain, "GET", path, "");
        usual.iter().for_each(|(name, value)| assert_eq!(values(&answer, name), [*value], "{answer}"));
        assert!(values(&answer, "strict-transport-security").is_empty(), "plain HTTP: {answer}");
    }
    let listing = ask(&plain, "GET", "/assets/", "");
    assert!(
        values(&listing, "content-security-policy")[0].starts_with("default-src 'none'"),
        "its own: {listing}"
    );

    let own = ["--header", "X-Frame-Options:", "--header", "referrer-policy: no-referrer"];
    let changed = Program::start(&[&["--root", &root, "--security-headers"][..], &own].concat());
    let answer = ask(&changed, "GET", "/a.txt", "");
    assert_eq!(values(&answer, "x-content-type-options"), ["nosniff"]);
    assert_eq!(values(&answer, "referrer-policy"), ["no-referrer"], "{answer}");
    assert!(values(&answer, "x-frame-options").is_empty(), "{answer}");

    let without = Program::start(&["--root", &root]);
    let answer = ask(&without, "GET", "/a.txt", "");
    usual.iter().for_each(|(name, _)| assert!(values(&answer, name).is_empty(), "{answer}"));

    let [cert, key] = make_pair(dir.path()).map(|path| path.to_str().unwrap().to_owned());
    for (flags, hsts) in [
        (&["--tls-cert", &*cert, "--tls-key", &key][..], &["max-age=31536000"][..]),
        // Browsers do not heed it with such a certificate.
        (&["--tls-self-signed"], &[]),
    ] {
        let secure = Program::start(&[&["--root", &root, "--security-headers"][..], flags].concat());
        let answer = ask_at(common::tls_bridge::bridge(secure.address), "GET", "/a.txt", "");
        assert_eq!(
            (status(&answer), &*values(&answer, "strict-transport-security")),
            (200, hsts),
            "{answer}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_unix_socket_beside_https_gets_no_hsts() {
    use std::io::{Read as _, Write as _};

    let dir = tempfile::tempdir().unwrap();
    let [cert, key] = make_pair(dir.path()).map(|path| path.to_str().unwrap().to_owned());
    let socket = dir.path().join("socket");
    let bind = format!("unix:{}", socket.display());
    let _program =
        Program::start(&["--tls-cert", &cert, "--tls-key", &key, "--security-headers", "--bind", &bind]);
    let mut stream = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    stream.set_read_timeout(Some(common::TIMEOUT)).unwrap();
    stream.write_all(b"GET /robots.txt HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(
        (status(&answer), values(&answer, "x-content-type-options")),
        (200, vec!["nosniff"]),
        "{answer}"
    );
    assert!(values(&answer, "strict-transport-security").is_empty(), "{answer}");
}

#[test]
fn the_metrics_have_none_of_these_fields() {
    let mut program =
        Program::start(&["--header", "X-Own: a", "--security-headers", "--metrics", "127.0.0.1:0"]);
    assert_eq!(values(&ask(&program, "GET", "/robots.txt", ""), "x-own"), ["a"]);
    let metrics = ask_at(program.metrics_address(), "GET", "/metrics", "");
    assert_eq!((status(&metrics), values(&metrics, "x-own").len()), (200, 0), "{metrics}");
    assert!(values(&metrics, "referrer-policy").is_empty(), "{metrics}");
}
