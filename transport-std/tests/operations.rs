//! Law: an operator can see what the program does, say who may ask, and write the settings down.

mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ChildStdout, Stdio};

use common::{answer, connect, get, rest, send, until};
use program::{Program, command};

/// A file of this test's own.
fn file(name: &str) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("operations-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

fn text(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Asks once, with these fields; the whole answer.
fn ask(address: SocketAddr, path: &str, fields: &str) -> String {
    rest(&mut send(address, format!("GET {path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n").as_bytes()))
}

/// Where this program tells how it does.
fn metrics(program: &mut Program) -> SocketAddr {
    let line = program.says("metrics at http://");
    line.trim()
        .trim_end_matches("/metrics")
        .rsplit('/')
        .next()
        .and_then(|address| address.parse().ok())
        .expect("an address")
}

fn status(address: SocketAddr, fields: &str) -> String {
    ask(address, "/robots.txt", fields).split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_access_log_goes_to_a_file_and_to_a_new_one_when_that_is_moved_away() {
    let (log, moved) = (file("access.log"), file("access.log.1"));
    let program = Program::start(&["--access-log", log.to_str().unwrap(), "--log-format", "combined"]);
    ask(program.address, "/robots.txt?1", "Host: a\r\nUser-Agent: test\r\n");
    until(|| text(&log).ends_with(" \"-\" \"test\"\n"));
    assert!(text(&log).contains("] \"GET /robots.txt?1 HTTP/1.1\" 200 "));
    fs::rename(&log, &moved).unwrap();
    ask(program.address, "/robots.txt?2", "Host: a\r\n");
    until(|| text(&moved).contains("/robots.txt?2"));
    program.signal("HUP");
    until(|| log.exists());
    ask(program.address, "/robots.txt?3", "Host: a\r\n");
    until(|| text(&log).contains("/robots.txt?3"));
    assert!(!text(&log).contains("/robots.txt?2") && !text(&moved).contains("/robots.txt?3"));
    program.signal("TERM");
    let (code, _, err) = program.end();
    assert!(code == Some(0) && !err.contains("robots.txt"), "{err}");
}

#[test]
fn a_log_in_json_is_an_object_a_line() {
    let mut program = Program::start(&["--log-format", "json"]);
    ask(program.address, "/robots.txt", "Host: a\r\n");
    let line: serde_json::Value = serde_json::from_str(&program.says("robots.txt")).expect("JSON");
    assert_eq!((&line["method"], &line["target"]), (&"GET".into(), &"/robots.txt".into()));
    assert_eq!((&line["status"], &line["host"]), (&200.into(), &"a".into()));
}

#[test]
fn metrics_and_health_are_told_at_an_address_of_their_own() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = metrics(&mut program);
    assert_eq!(status(program.address, "Host: a\r\n"), "200");
    assert_eq!(status(program.address, "Host: a b\r\n"), "400");
    let text = ask(metrics, "/metrics", "Host: a\r\n");
    assert!(text.contains("\r\nContent-Type: text/plain; version=0.0.4"), "{text}");
    for line in [
        "bantam_requests_total{status=\"200\"} 1",
        "bantam_refusals_total{reason=\"bad_host\"} 1",
        "bantam_connections{state=\"active\"} 0",
    ] {
        assert!(text.lines().any(|said| said == line), "{line} in {text}");
    }
    assert!(ask(metrics, "/healthz", "Host: a\r\n").ends_with("\r\n\r\nok\n"));
    assert!(ask(metrics, "/", "Host: a\r\n").starts_with("HTTP/1.1 404 "));
    // While it stops it says so: a request that has begun keeps it from having stopped.
    let mut begun = send(program.address, &[get("/robots.txt"), b"GET /robots.txt HT".to_vec()].concat());
    answer(&mut begun).unwrap();
    program.signal("TERM");
    program.says("stopping");
    assert!(ask(metrics, "/healthz", "Host: a\r\n").starts_with("HTTP/1.1 503 "));
    begun.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(rest(&mut begun).starts_with("HTTP/1.1 200 "));
    assert_eq!(program.end().0, Some(0));
}

#[test]
fn a_program_that_drains_is_ill_at_once_and_serves_everybody_as_before() {
    // A second signal does not wait for the end of the first one's drain: this one would be long.
    let mut program = Program::start(&["--metrics", "127.0.0.1:0", "--drain", "600"]);
    let metrics = metrics(&mut program);
    let mut kept = send(program.address, &get("/robots.txt"));
    answer(&mut kept).unwrap();
    program.signal("TERM");
    program.says("stopping in 600s");
    assert!(ask(metrics, "/healthz", "Host: a\r\n").starts_with("HTTP/1.1 503 "));
    kept.write_all(&get("/robots.txt")).unwrap();
    assert!(!answer(&mut kept).unwrap().contains("Connection: close"), "it is kept");
    assert_eq!(status(program.address, "Host: a\r\n"), "200", "who comes now comes in");
    program.signal("TERM");
    assert_eq!(program.end().0, Some(128 + 15));
}

#[test]
fn a_drain_ends_with_the_graceful_stop() {
    let config = file("drain.toml");
    fs::write(&config, "drain = 0.3\n").unwrap();
    let program = Program::start(&["--config", config.to_str().unwrap()]);
    let mut begun = send(program.address, &[get("/robots.txt"), b"GET /robots.txt HT".to_vec()].concat());
    answer(&mut begun).unwrap();
    let mut idle = connect(program.address);
    program.signal("TERM");
    assert_eq!(rest(&mut idle), "");
    begun.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(rest(&mut begun).contains("\r\nConnection: close\r\n"), "what has begun is finished");
    let (code, _, err) = program.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("stopping in 300ms") && err.contains("requests that have begun"), "{err}");
}

#[test]
fn a_host_that_was_not_named_is_misdirected() {
    let program = Program::start(&["--allow-host", "Example.org", "--allow-host", "[::1]:8080"]);
    for (fields, expected) in [
        ("Host: example.org\r\n", "200"),
        ("Host: example.org:8080\r\n", "200"),
        ("Host: [::1]:8080\r\n", "200"),
        ("Host: [::1]\r\n", "421"),
        ("Host: evil.example.org\r\n", "421"),
        ("Host: example.org.evil\r\n", "421"),
        ("Host:\r\n", "421"),
    ] {
        assert_eq!(status(program.address, fields), expected, "{fields}");
    }
    assert!(
        ask(program.address, "http://example.org/robots.txt", "Host: evil\r\n").starts_with("HTTP/1.1 200 ")
    );
    assert!(
        ask(program.address, "http://evil/robots.txt", "Host: example.org\r\n").starts_with("HTTP/1.1 421 ")
    );
}

#[test]
fn a_password_is_asked_for_and_its_hash_is_made_by_the_program() {
    let mut hashing =
        command(&["--hash-password"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    hashing.stdin.take().unwrap().write_all(b"secret\n").unwrap();
    let hash = String::from_utf8(hashing.wait_with_output().unwrap().stdout).unwrap();
    let program = Program::start(&["--basic-auth", &format!("ada:{}", hash.trim())]);
    let without = ask(program.address, "/robots.txt", "Host: a\r\n");
    assert!(without.starts_with("HTTP/1.1 401 ") && without.contains("\r\nWWW-Authenticate: Basic realm="));
    for (credentials, expected) in [
        ("Basic YWRhOnNlY3JldA==", "200"),
        ("Basic YWRhOnNlY3JldA==", "200"),
        ("Basic YWRhOnNlY3Jl", "401"),
        ("Basic YWRhOg==", "401"),
        ("Basic Og==", "401"),
        ("Basic", "401"),
        ("YWRhOnNlY3JldA==", "401"),
    ] {
        let fields = format!("Host: a\r\nAuthorization: {credentials}\r\n");
        assert_eq!(status(program.address, &fields), expected, "{credentials}");
    }
}

#[test]
fn a_flag_goes_before_a_variable_and_a_variable_before_the_file() {
    let config = file("settings.toml");
    fs::write(&config, "allow-host = [\"a\", \"b\"]\nlog-format = \"json\"\nmax-body = 5\nquiet = true\n")
        .unwrap();
    let start = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = command(&["--config", config.to_str().unwrap()]);
        command.args(flags).envs(variables.iter().copied());
        Program::of(command)
    };
    let hosts = |program: &Program| {
        ["a", "b", "c", "d"].map(|host| status(program.address, &format!("Host: {host}\r\n")) == "200")
    };
    assert_eq!(hosts(&start(&[], &[])), [true, true, false, false]);
    assert_eq!(hosts(&start(&[("BANTAM_ALLOW_HOST", "c")], &[])), [false, false, true, false]);
    assert_eq!(
        hosts(&start(&[("BANTAM_ALLOW_HOST", "c")], &["--allow-host", "d"])),
        [false, false, false, true]
    );
}

#[test]
fn a_file_with_a_mistake_is_one_sentence_that_names_it_and_exit_code_2() {
    let config = file("wrong.toml");
    for (text, culprit) in [
        ("workers = 0", "--workers"),
        ("workerz = 1", "workerz"),
        ("config = \"a\"", "config"),
        ("bind = { a = 1 }", "bind"),
        ("timeout-idle = \"soon\"", "--timeout-idle"),
        ("drain = -1", "--drain"),
        ("basic-auth = \"ada:secret\"", "--basic-auth"),
        ("bind = ", "line 1"),
    ] {
        fs::write(&config, text).unwrap();
        let output = command(&["--config", config.to_str().unwrap()]).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b""[..]), "{text}: {err}");
        assert!(err.contains("wrong.toml: ") && err.contains(culprit), "{text}: {err}");
    }
    let output = command(&["--config", "/no/such/file"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn settings_are_checked_without_serving() {
    let check = |flags: &[&str]| {
        let output = command(&["--check-config"]).args(flags).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(check(&["--bind", "127.0.0.1:80"]), (Some(0), "the settings are sound\n".into()));
    let (contributed, log) =
        (concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/bantam.toml"), file("contributed.log"));
    assert_eq!(check(&["--config", contributed, "--access-log", log.to_str().unwrap()]).0, Some(0));
    assert_eq!(check(&["--bind", "nonsense"]).0, Some(1));
    assert_eq!(check(&["--access-log", "/no/such/folder/log"]).0, Some(1));
    assert_eq!(check(&["--workers", "0"]).0, Some(2));
}

#[test]
fn the_manual_page_and_the_completions_know_every_flag() {
    let print = |flags: &[&str]| String::from_utf8(command(flags).output().unwrap().stdout).unwrap();
    let man = print(&["--man"]);
    assert!(man.contains(".TH bantam 1") && man.contains("\\-\\-basic\\-auth"), "{man}");
    for shell in ["bash", "zsh", "fish"] {
        let script = print(&["--completions", shell]);
        assert!(script.contains("bantam") && script.contains("basic-auth"), "{shell}: {script}");
    }
}

/// The program with a socket that a supervisor has opened.
#[cfg(unix)]
fn supervised(socket: impl Into<std::os::fd::OwnedFd>) -> (std::process::Child, BufReader<ChildStdout>) {
    let script = "exec 3<&0; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_bantam")]);
    command.stdin(socket.into()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("started");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    (child, stdout)
}

#[cfg(unix)]
#[test]
fn a_unix_socket_that_a_supervisor_has_opened_is_served_and_left_alone() {
    let path = file("supervised");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let ((mut child, mut stdout), mut line) = (supervised(listener), String::new());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, format!("bantam serves unix:{}\n", path.display()));
    let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    client.write_all(b"GET /robots.txt HTTP/1.0\r\n\r\n").unwrap();
    client.read_to_string(&mut line).unwrap();
    assert!(line.contains("HTTP/1.1 200 "), "{line}");
    let stop =
        std::process::Command::new("sh").args(["-c", &format!("kill {}", child.id())]).status().unwrap();
    assert!(stop.success() && child.wait().unwrap().success());
    assert!(path.exists());
    fs::remove_file(path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_socket_that_a_supervisor_has_opened_is_served() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ((mut child, mut stdout), mut line) = (supervised(listener), String::new());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, format!("bantam serves http://{address}/\n"));
    assert_eq!(status(address, "Host: a\r\n"), "200");
    child.kill().unwrap();
    child.wait().unwrap();
    line.clear();
    assert_eq!(stdout.read_line(&mut line).unwrap(), 0, "and nothing else: {line}");
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_named_when_it_is_served_and_gone_afterwards() {
    let path = file("socket");
    let program = Program::start(&["--bind", &format!("unix:{}", path.display()), "--trust-proxy", "unix"]);
    let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    client.write_all(b"GET /robots.txt HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let busy = command(&["--bind", &format!("unix:{}", path.display())]).output().unwrap();
    assert_eq!(busy.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&busy.stderr).contains("is taken"));
    program.signal("TERM");
    let (code, out, err) = program.end();
    assert_eq!((code, out), (Some(0), format!("bantam serves unix:{}\n", path.display())));
    assert!(err.contains("1.2.3.4 - - [") && !path.exists(), "{err}");
}

#[test]
fn who_is_trusted_is_an_address_or_a_network() {
    let wrong = command(&["--trust-proxy", "localhost"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("an address (10.0.0.1), a network (10.0.0.0/8)"));
    let alone = command(&["--client-from", "forwarded"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "it is of no use without");
}
