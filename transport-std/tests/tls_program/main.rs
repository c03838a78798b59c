//! The program over HTTPS: its flags, and the clients curl and openssl.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
#[path = "../common/mod.rs"]
mod common;
#[path = "../tls/client.rs"]
mod client;
mod load;
#[path = "../common/program.rs"]
mod program;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{get, read_to_close, send, wait_until};
use program::{Program, command};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// Makes a certificate for these names and its key. Returns both paths.
fn make_pair(dir: &Path, file: &str, names: &[&str]) -> [String; 2] {
    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names).expect("names").self_signed(&key).expect("signed");
    let paths = [dir.join(format!("{file}.crt")), dir.join(format!("{file}.key"))];
    // Each file is replaced at once, as a tool that renews certificates does.
    for (path, text) in paths.iter().zip([certificate.pem(), key.serialize_pem()]) {
        let new = path.with_extension("new");
        fs::write(&new, text).expect("written");
        fs::rename(new, path).expect("renamed");
    }
    paths.map(|path| path.to_str().expect("text").to_owned())
}

fn flags([cert, key]: &[String; 2]) -> [&str; 4] {
    ["--tls-cert", cert, "--tls-key", key]
}

fn curl(args: &[&str]) -> Output {
    Command::new("curl").args(["-sS", "--max-time", "60"]).args(args).output().expect("curl runs")
}

fn text(args: &[&str]) -> String {
    let output = curl(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What openssl s_client prints, with an empty standard input.
fn s_client(program: &Program, args: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &program.address.to_string()])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The result of --check-config: the exit code and stderr.
fn check(flags: &[&str]) -> (Option<i32>, String) {
    let output = command(flags).args(["--check-config", "--bind", "127.0.0.1:0"]).output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

in_every_mode! {
#[ignore = "needs curl: tests/run installs it"]
fn curl_verifies_the_certificate_with_both_versions(mode) {
    let dir = TempDir::new().unwrap();
    let pair = make_pair(dir.path(), "a", &["localhost", "127.0.0.1"]);
    let program = Program::start_in(mode, &flags(&pair));
    for (version, number) in [("--tls-max=1.2", "1.2"), ("--tlsv1.3", "1.3")] {
        let version = version.split_once('=').map_or(vec![version], |(flag, value)| vec![flag, value]);
        let page = text(&[&version[..], &["--cacert", &pair[0], "-v", "-i", "--stderr", "-", &program.url("/")]].concat());
        assert!(page.contains(&format!("TLSv{number}")) && page.contains("HTTP/1.1 200 OK"), "{page}");
        assert!(page.contains("ALPN: server accepted http/1.1"), "{page}");
    }
}

#[ignore = "needs curl: tests/run installs it"]
fn a_large_file_goes_down_and_up(mode) {
    let dir = TempDir::new().unwrap();
    let pair = make_pair(dir.path(), "a", &["127.0.0.1"]);
    let body: Vec<u8> = (0..5_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    let root = dir.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("large"), &body).unwrap();
    let program = Program::start_in(mode, &[&flags(&pair)[..], &["--root", root.to_str().unwrap(), "--pages"]].concat());
    let large = curl(&["--cacert", &pair[0], &program.url("/large")]);
    assert!(large.stdout == body, "{} bytes", large.stdout.len());
    let part = curl(&["--cacert", &pair[0], "-r", "1000000-3000000", &program.url("/large")]);
    assert!(part.stdout == body[1_000_000..=3_000_000]);
    let file = format!("@{}", root.join("large").display());
    let echo = curl(&["--cacert", &pair[0], "-H", "Expect:", "--data-binary", &file, &program.url("/echo")]);
    assert!(echo.stdout == body, "{} bytes, {}", echo.stdout.len(), String::from_utf8_lossy(&echo.stderr));
}

#[ignore = "needs openssl: tests/run installs it"]
fn openssl_resumes_a_session(mode) {
    let dir = TempDir::new().unwrap();
    let pair = make_pair(dir.path(), "a", &["localhost"]);
    let program = Program::start_in(mode, &flags(&pair));
    let session = dir.path().join("session");
    let session = session.to_str().unwrap();
    // The tickets of TLS 1.3 come after the handshake: s_client has to read them.
    let ask = |flag: &str, version: &str| {
        let script = format!(
            "(printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n'; sleep 1) | openssl s_client -connect {} -{version} {flag} {session} -ign_eof 2>&1",
            program.address
        );
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for version in ["tls1_2", "tls1_3"] {
        let first = ask("-sess_out", version);
        assert!(first.contains("\nNew, TLSv1.") && first.contains("200 OK"), "{first}");
        let second = ask("-sess_in", version);
        assert!(second.contains("\nReused, TLSv1.") && second.contains("200 OK"), "{second}");
    }
}
}

/// What a server must not speak: the flags of s_client, with which it offers nothing else.
const REFUSED: [(&str, &[&str]); 15] = [
    ("SSL 3.0", &["-ssl3"]),
    ("TLS 1.0", &["-tls1", "-cipher", "ALL:@SECLEVEL=0"]),
    ("TLS 1.1", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
    ("no encryption", &["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"]),
    ("no certificate", &["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"]),
    ("export", &["-tls1_2", "-cipher", "EXPORT:@SECLEVEL=0"]),
    ("RC4", &["-tls1_2", "-cipher", "RC4:@SECLEVEL=0"]),
    ("DES", &["-tls1_2", "-cipher", "DES:@SECLEVEL=0"]),
    ("3DES", &["-tls1_2", "-cipher", "3DES:@SECLEVEL=0"]),
    ("CBC with SHA-1", &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES256-SHA:@SECLEVEL=0"]),
    (
        "CBC with SHA-2",
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
    ),
    ("a key exchange by RSA", &["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"]),
    ("a key exchange by finite fields", &["-tls1_2", "-cipher", "kDHE:@SECLEVEL=0"]),
    ("CCM", &["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"]),
    ("signatures with SHA-1", &["-tls1_2", "-sigalgs", "ECDSA+SHA1:RSA+SHA1", "-cipher", "ALL:@SECLEVEL=0"]),
];

/// What it has to speak.
const ACCEPTED: [(&str, &[&str]); 6] = [
    ("AES-128-GCM of 1.2", &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]),
    ("AES-256-GCM of 1.2", &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"]),
    ("ChaCha20 of 1.2", &["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]),
    ("AES-128-GCM of 1.3", &["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]),
    ("AES-256-GCM of 1.3", &["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"]),
    ("ChaCha20 of 1.3", &["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]),
];

#[test]
#[ignore = "needs openssl: tests/run installs it"]
fn old_versions_and_weak_suites_are_refused_and_the_others_are_spoken() {
    let dir = TempDir::new().unwrap();
    let program = Program::start(&flags(&make_pair(dir.path(), "a", &["localhost"])));
    for (what, args) in ACCEPTED {
        let answer = s_client(&program, args);
        assert!(answer.contains("Cipher is ") && !answer.contains("Cipher is (NONE)"), "{what}: {answer}");
    }
    for (what, args) in REFUSED {
        let answer = s_client(&program, args);
        // A client that lacks it itself says so.
        let is_refused = answer.contains("Cipher is (NONE)") || !answer.contains("Cipher is ");
        assert!(is_refused, "{what}: {answer}");
    }
}

#[test]
#[ignore = "needs curl: tests/run installs it"]
fn a_client_gets_the_certificate_for_the_name_that_it_asks_for() {
    let dir = TempDir::new().unwrap();
    let first = make_pair(dir.path(), "first", &["a.example"]);
    let second = make_pair(dir.path(), "second", &["b.example", "*.c.example"]);
    let program = Program::start(&[&flags(&first)[..], &flags(&second)].concat());
    let port = program.address.port();
    for (name, pair, is_valid) in [
        ("a.example", &first, true),
        ("b.example", &second, true),
        ("B.EXAMPLE", &second, true),
        ("x.c.example", &second, true),
        ("c.example", &first, false),
        ("x.y.c.example", &first, false),
        ("d.example", &first, false),
    ] {
        let resolve = format!("{name}:{port}:127.0.0.1");
        let output = curl(&[
            "--cacert",
            &pair[0],
            "--resolve",
            &resolve,
            &format!("https://{name}:{port}/robots.txt"),
        ]);
        assert_eq!(output.status.success(), is_valid, "{name}: {}", String::from_utf8_lossy(&output.stderr));
        if !is_valid {
            // The first certificate: its issuer is known, and its name is another.
            assert_eq!(output.status.code(), Some(60), "{name}");
        }
    }
}

#[test]
#[ignore = "needs openssl: tests/run installs it"]
fn keys_of_every_kind_and_form_are_taken() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let openssl = |args: &str| {
        let output = Command::new("openssl").args(args.split_whitespace()).output().unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for (kind, make, forms) in [
        ("rsa", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048", &["pkey", "rsa -traditional"][..]),
        ("p256", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", &["pkey", "ec"]),
        ("p384", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384", &["pkey", "ec"]),
        ("ed25519", "genpkey -algorithm ED25519", &["pkey"]),
    ] {
        let (key, cert) = (path(&format!("{kind}.key")), path(&format!("{kind}.crt")));
        openssl(&format!("{make} -out {key}"));
        openssl(&format!("req -x509 -key {key} -out {cert} -subj /CN=localhost -days 2"));
        for (number, form) in forms.iter().enumerate() {
            let formed = path(&format!("{kind}{number}.key"));
            openssl(&format!("{form} -in {key} -out {formed}"));
            assert_eq!(
                check(&["--tls-cert", &cert, "--tls-key", &formed]),
                (Some(0), String::new()),
                "{kind} {form}"
            );
        }
        let encrypted = path(&format!("{kind}.enc"));
        openssl(&format!("pkcs8 -topk8 -in {key} -out {encrypted} -passout pass:x"));
        let (code, error) = check(&["--tls-cert", &cert, "--tls-key", &encrypted]);
        assert!(code == Some(1) && error.contains("encrypted"), "{error}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_with_a_sentence() {
    let dir = TempDir::new().unwrap();
    let [cert, key] = make_pair(dir.path(), "a", &["localhost"]);
    let [other, _] = make_pair(dir.path(), "b", &["localhost"]);
    let empty = dir.path().join("empty");
    fs::write(&empty, "").unwrap();
    let empty = empty.to_str().unwrap();
    for (flags, sentence, expected) in [
        (
            &["--tls-cert", &cert][..],
            "each --tls-cert needs its --tls-key: there are 1 certificates and 0 keys",
            2,
        ),
        (&["--tls-key", &key], "there are 0 certificates and 1 keys", 2),
        (&["--tls-cert", "/none", "--tls-key", &key], "cannot read /none", 1),
        (&["--tls-cert", empty, "--tls-key", &key], "has no certificate", 1),
        (&["--tls-cert", &cert, "--tls-key", empty], "has no private key", 1),
        (&["--tls-cert", &key, "--tls-key", &key], "has no certificate", 1),
        (&["--tls-cert", &cert, "--tls-key", &cert], "has no private key", 1),
        (&["--tls-cert", &other, "--tls-key", &key], "is not the key of", 1),
        (&["--tls-cert", &cert, "--tls-key", &key, "--tls-self-signed"], "there is a --tls-cert already", 2),
        (&["--redirect-http", "127.0.0.1:0"], "there is no HTTPS to redirect to", 2),
        (&["--metrics", "127.0.0.1:0", "--metrics-tls"], "there is no certificate", 2),
    ] {
        let (code, error) = check(flags);
        assert!(code == Some(expected) && error.contains(sentence), "{flags:?}: {error}");
    }
    let pair = [cert, key];
    let more = ["--redirect-http", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--metrics-tls"];
    let all = [&flags(&pair)[..], &more];
    assert_eq!(check(&all.concat()), (Some(0), String::new()));
}

#[test]
#[ignore = "needs curl: tests/run installs it"]
fn a_self_signed_certificate_has_the_fingerprint_that_is_logged() {
    let mut program = Program::start(&["--tls-self-signed"]);
    let line = program.wait_for_line("SHA-256 fingerprint of the certificate: ");
    let fingerprint = line.trim().rsplit(' ').next().unwrap().to_owned();
    let script = format!(
        "openssl s_client -connect {} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256",
        program.address
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains(&fingerprint), "{fingerprint}");
    assert!(text(&["-k", &program.url("/")]).contains("<html"));
    // Without -k it is refused.
    assert_eq!(curl(&[&program.url("/")]).status.code(), Some(60));
}

#[test]
fn plain_http_is_redirected_to_the_same_path_over_https() {
    let mut program = Program::start(&["--tls-self-signed", "--redirect-http", "127.0.0.1:0"]);
    let line = program.wait_for_line("/ redirects to HTTPS");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    let port = program.address.port();
    for (target, host, location) in [
        ("/a/b?c=d", "a.example", "https://a.example:PORT/a/b?c=d"),
        ("/", "a.example:8080", "https://a.example:PORT/"),
        ("/x", "[::1]:80", "https://[::1]:PORT/x"),
        ("http://b.example/y?z", "a.example", "https://b.example:PORT/y?z"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = read_to_close(&mut send(address, request.as_bytes()));
        let location = format!("\r\nLocation: {}\r\n", location.replace("PORT", &port.to_string()));
        assert!(answer.starts_with("HTTP/1.1 308 ") && answer.contains(&location), "{answer}");
    }
    let without = read_to_close(&mut send(address, b"GET / HTTP/1.0\r\n\r\n"));
    assert!(without.starts_with("HTTP/1.1 400 "), "{without}");
    assert!(read_to_close(&mut send(program.address, &get("/"))).contains("This port speaks HTTPS"));
}

#[test]
#[ignore = "needs curl: tests/run installs it"]
fn metrics_and_the_log_know_tls() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    let flags = [
        "--tls-self-signed",
        "--metrics",
        "127.0.0.1:0",
        "--metrics-tls",
        "--log-format",
        "json",
        "--access-log",
    ];
    let mut program = Program::start(&[&flags[..], &[log.to_str().unwrap()]].concat());
    let metrics = program.metrics_address();
    text(&["-k", "--tls-max", "1.2", &program.url("/robots.txt")]);
    text(&["-k", "--tlsv1.3", &program.url("/robots.txt")]);
    read_to_close(&mut send(program.address, &get("/")));
    let mut garbage = Vec::new();
    send(program.address, b"\0\0\0\0\0\0\0\0\0").read_to_end(&mut garbage).unwrap();
    let metrics = text(&["-k", &format!("https://{metrics}/metrics")]);
    for line in [
        "bantam_tls_requests_total{version=\"1.2\"} 1",
        "bantam_tls_requests_total{version=\"1.3\"} 1",
        "bantam_refusals_total{reason=\"plain_http\"} 1",
        "bantam_refusals_total{reason=\"tls_handshake\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    wait_until(|| fs::read_to_string(&log).unwrap().lines().count() == 3);
    let log = fs::read_to_string(&log).unwrap();
    let versions: Vec<_> =
        log.lines().map(|line| line.rsplit("\"tls\":").next().unwrap().to_owned()).collect();
    assert_eq!(versions, ["\"1.2\"}", "\"1.3\"}", "null}"]);
}

#[test]
#[ignore = "needs chromium: tests/run installs it"]
fn chromium_loads_the_pages_over_a_self_signed_certificate() {
    let program = Program::start(&["--tls-self-signed"]);
    let profile = TempDir::new().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(program.url("/?firstname=Ada"))
        .output()
        .expect("chromium runs");
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.contains("Ada"), "{page} {}", String::from_utf8_lossy(&output.stderr));
}
