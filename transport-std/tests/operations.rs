//! The operation of the program: logs, metrics, access control, settings, systemd.

mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ChildStdout, Stdio};

use common::{connect, get, read_response, read_to_close, send, wait_until};
use program::{Program, command};

/// The path of a temporary file.
fn file(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("operations-{}", std::process::id()));
    fs::create_dir_all(&dir).expect("a directory");
    dir.join(name)
}

fn text(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Sends a request with these fields. Returns the whole response.
fn ask(address: SocketAddr, path: &str, fields: &str) -> String {
    read_to_close(&mut send(
        address,
        format!("GET {path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n").as_bytes(),
    ))
}

fn status(address: SocketAddr, fields: &str) -> String {
    ask(address, "/robots.txt", fields).split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn sighup_reopens_the_access_log_after_it_was_renamed() {
    let (log, moved) = (file("access.log"), file("access.log.1"));
    let program = Program::start(&["--access-log", log.to_str().unwrap(), "--log-format", "combined"]);
    ask(program.address, "/robots.txt?1", "Host: a\r\nUser-Agent: test\r\n");
    wait_until(|| text(&log).ends_with(" \"-\" \"test\"\n"));
    assert!(text(&log).contains("] \"GET /robots.txt?1 HTTP/1.1\" 200 "));
    fs::rename(&log, &moved).unwrap();
    ask(program.address, "/robots.txt?2", "Host: a\r\n");
    wait_until(|| text(&moved).contains("/robots.txt?2"));
    program.signal("HUP");
    wait_until(|| log.exists());
    ask(program.address, "/robots.txt?3", "Host: a\r\n");
    wait_until(|| text(&log).contains("/robots.txt?3"));
    assert!(!text(&log).contains("/robots.txt?2") && !text(&moved).contains("/robots.txt?3"));
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert!(code == Some(0) && !err.contains("robots.txt"), "{err}");
}

#[test]
fn the_json_log_has_an_object_per_line() {
    let mut program = Program::start(&["--log-format", "json"]);
    ask(program.address, "/robots.txt", "Host: a\r\n");
    let line: serde_json::Value = serde_json::from_str(&program.wait_for_line("robots.txt")).expect("JSON");
    assert_eq!((&line["method"], &line["target"]), (&"GET".into(), &"/robots.txt".into()));
    assert_eq!((&line["status"], &line["host"]), (&200.into(), &"a".into()));
}

#[test]
fn metrics_and_health_have_an_address_of_their_own() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = program.metrics_address();
    assert_eq!(status(program.address, "Host: a\r\n"), "200");
    assert_eq!(status(program.address, "Host: a b\r\n"), "400");
    // A worker publishes its active connections after the turn that has closed them.
    let mut text = String::new();
    wait_until(|| {
        text = ask(metrics, "/metrics", "Host: a\r\n");
        text.lines().any(|line| line == "bantam_connections{state=\"active\"} 0")
    });
    assert!(text.contains("\r\nContent-Type: text/plain; version=0.0.4"), "{text}");
    for line in ["bantam_requests_total{status=\"200\"} 1", "bantam_refusals_total{reason=\"bad_host\"} 1"] {
        assert!(text.lines().any(|other| other == line), "{line} in {text}");
    }
    assert!(ask(metrics, "/healthz", "Host: a\r\n").ends_with("\r\n\r\nok\n"));
    assert!(ask(metrics, "/", "Host: a\r\n").starts_with("HTTP/1.1 404 "));
    // A request that has begun keeps the server in shutdown.
    let mut begun = send(program.address, &[get("/robots.txt"), b"GET /robots.txt HT".to_vec()].concat());
    read_response(&mut begun).unwrap();
    program.signal("TERM");
    program.wait_for_line("stopping");
    assert!(ask(metrics, "/healthz", "Host: a\r\n").starts_with("HTTP/1.1 503 "));
    begun.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(read_to_close(&mut begun).starts_with("HTTP/1.1 200 "));
    assert_eq!(program.wait().0, Some(0));
}

#[test]
fn a_drain_makes_healthz_503_and_serves_as_before() {
    // Longer than the test: the second signal must not wait for it.
    let mut program = Program::start(&["--metrics", "127.0.0.1:0", "--drain", "600"]);
    let metrics = program.metrics_address();
    let mut kept = send(program.address, &get("/robots.txt"));
    read_response(&mut kept).unwrap();
    program.signal("TERM");
    program.wait_for_line("stopping in 600s");
    assert!(ask(metrics, "/healthz", "Host: a\r\n").starts_with("HTTP/1.1 503 "));
    kept.write_all(&get("/robots.txt")).unwrap();
    assert!(!read_response(&mut kept).unwrap().contains("Connection: close"), "the connection is kept");
    assert_eq!(status(program.address, "Host: a\r\n"), "200", "a new connection is served");
    program.signal("TERM");
    assert_eq!(program.wait().0, Some(128 + 15));
}

#[test]
fn a_drain_ends_with_a_graceful_shutdown() {
    let config = file("drain.toml");
    fs::write(&config, "drain = 0.3\n").unwrap();
    let program = Program::start(&["--config", config.to_str().unwrap()]);
    let mut begun = send(program.address, &[get("/robots.txt"), b"GET /robots.txt HT".to_vec()].concat());
    read_response(&mut begun).unwrap();
    let mut idle = connect(program.address);
    program.signal("TERM");
    assert_eq!(read_to_close(&mut idle), "");
    begun.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(
        read_to_close(&mut begun).contains("\r\nConnection: close\r\n"),
        "a request that has begun is finished"
    );
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("stopping in 300ms") && err.contains("requests that have begun"), "{err}");
}

#[test]
fn a_host_that_is_not_allowed_is_421() {
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
fn basic_auth_accepts_a_hash_that_the_program_made() {
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
fn an_error_of_basic_auth_does_not_repeat_the_value_which_may_be_a_password() {
    for value in ["ada:secret", "secret", "ada:$argon2id$secret", ":secret"] {
        for from_variable in [true, false] {
            let mut command = command(&["--check-config"]);
            if from_variable {
                command.env("BANTAM_BASIC_AUTH", value);
            } else {
                command.args(["--basic-auth", value]);
            }
            let output = command.output().unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{err}");
            assert!(!err.contains("secret") && err.contains("--basic-auth: "), "{err}");
        }
    }
}

#[test]
fn what_would_let_others_in_or_cost_too_much_is_refused_at_the_start() {
    let bob = "bob:$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let gigabyte = bob.replace("m=8,", "m=1048576,");
    let root = file("").to_str().unwrap().to_owned();
    let check = |flags: &[&str]| {
        let output = command(&["--check-config", "--basic-auth"]).args(flags).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = check(&[bob, "--root", &root, "--cache-control", "public, max-age=60"]);
    assert!(code == Some(2) && err.contains("RFC 9111 section 3.5"), "{err}");
    assert_eq!(check(&[bob, "--root", &root, "--cache-control", "private, max-age=60"]).0, Some(0));
    let (code, err) = check(&[bob, "--basic-auth", bob]);
    assert!(code == Some(2) && err.contains("the user bob is given twice"), "{err}");
    let (code, err) = check(&[&gigabyte]);
    assert!(code == Some(2) && err.contains("needs 1024 MB of memory"), "{err}");
}

#[test]
fn a_flag_overrides_a_variable_and_a_variable_overrides_the_file() {
    let config = file("settings.toml");
    fs::write(&config, "allow-host = [\"a\", \"b\"]\nlog-format = \"json\"\nmax-body = 5\nquiet = true\n")
        .unwrap();
    let start = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = command(&["--config", config.to_str().unwrap()]);
        command.args(flags).envs(variables.iter().copied());
        Program::spawn(command)
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
fn an_invalid_file_is_one_sentence_that_names_it_and_exit_code_2() {
    let config = file("wrong.toml");
    for (text, culprit) in [
        ("workers = 0", "--workers"),
        ("workerz = 1", "workerz"),
        ("config = \"a\"", "config"),
        ("bind = { a = 1 }", "bind"),
        ("timeout-idle = \"soon\"", "\"timeout-idle\""),
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
fn the_manual_page_and_the_completions_contain_the_flags() {
    let print = |flags: &[&str]| String::from_utf8(command(flags).output().unwrap().stdout).unwrap();
    let man = print(&["--man"]);
    assert!(man.contains(".TH bantam 1") && man.contains("\\-\\-basic\\-auth"), "{man}");
    for shell in ["bash", "zsh", "fish"] {
        let script = print(&["--completions", shell]);
        assert!(script.contains("bantam") && script.contains("basic-auth"), "{shell}: {script}");
    }
}

/// Starts the program with an inherited socket.
#[cfg(unix)]
fn supervised(socket: impl Into<std::os::fd::OwnedFd>) -> (std::process::Child, BufReader<ChildStdout>) {
    let script = "exec 3<&0; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_bantam")]);
    command.stdin(socket.into()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = program::shield(&mut command).spawn().expect("started");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    (child, stdout)
}

#[cfg(unix)]
#[test]
fn an_inherited_unix_socket_is_served_and_its_file_kept() {
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
fn an_inherited_socket_is_served() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ((mut child, mut stdout), mut line) = (supervised(listener), String::new());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, format!("bantam serves http://{address}/\n"));
    assert_eq!(status(address, "Host: a\r\n"), "200");
    child.kill().unwrap();
    child.wait().unwrap();
    line.clear();
    assert_eq!(stdout.read_line(&mut line).unwrap(), 0, "no other line: {line}");
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_printed_and_its_file_removed() {
    let path = file("socket");
    let program = Program::start(&["--bind", &format!("unix:{}", path.display()), "--trust-proxy", "unix"]);
    let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    client.write_all(b"GET /robots.txt HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n").unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let busy = command(&["--bind", &format!("unix:{}", path.display())]).output().unwrap();
    assert_eq!(busy.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&busy.stderr).contains("is taken"));
    program.signal("TERM");
    let (code, out, err) = program.wait();
    assert_eq!((code, out), (Some(0), format!("bantam serves unix:{}\n", path.display())));
    assert!(err.contains("1.2.3.4 - - [") && !path.exists(), "{err}");
}

#[test]
fn trust_proxy_takes_an_address_or_a_network() {
    let wrong = command(&["--trust-proxy", "localhost"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("an address (10.0.0.1), a network (10.0.0.0/8)"));
    let alone = command(&["--client-from", "forwarded"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "--client-from requires --trust-proxy");
}
