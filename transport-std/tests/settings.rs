//! The settings of the program as an operator meets them: what a check says, what a signal does, what cannot be printed.

#[macro_use]
mod common;
#[path = "settings/flags.rs"]
mod flags;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{has_ipv6, read_response, send};
use program::{Program, command};

fn run(flags: &[&str]) -> (Option<i32>, String, String) {
    outcome(command(flags).output().expect("it runs"))
}

fn outcome(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The status of a response.
fn status(address: SocketAddr, fields: &str) -> String {
    let request = format!("GET /robots.txt HTTP/1.1\r\n{fields}\r\n");
    let response = read_response(&mut send(address, request.as_bytes())).expect("a response");
    response.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_check_of_sound_settings_says_so() {
    assert_eq!(
        run(&["--check-config", "--bind", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]),
        (Some(0), "the settings are valid\n".into(), String::new())
    );
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let contributed = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/bantam.toml");
    let log = ["--access-log", log.to_str().unwrap(), "--bind", "127.0.0.1:0"];
    assert_eq!(run(&[&["--check-config", "--config", contributed][..], &log].concat()).0, Some(0));
}

#[cfg(unix)]
#[test]
fn a_check_says_what_the_start_would_say() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    fs::write(path("file"), "").unwrap();
    fs::write(path("settings.toml"), "symlinks = false").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let _listener = std::os::unix::net::UnixListener::bind(path("live")).unwrap();
    let unix = |name: &str| format!("unix:{}", path(name));
    let port = free_port(1);
    let both = format!("0.0.0.0:{port},127.0.0.1:{port}");
    for (flags, code, words) in [
        (["--bind", "nonsense"], 1, "nonsense is not ADDRESS:PORT"),
        (["--bind", &address], 1, "taken by another program; try another --bind"),
        (["--bind", "192.0.2.1:80"], 1, "192.0.2.1:80 is not an address of this machine"),
        (["--bind", "127.0.0.1:1,127.0.0.1:1"], 2, "given twice"),
        (["--bind", &both], 1, "another listener of this server has it"),
        (["--bind", &unix("live")], 1, "is taken: a process listens on it"),
        (["--bind", &unix("file")], 1, "is taken: "),
        (["--bind", &unix("no/such")], 1, "No such file"),
        (["--bind", &unix("file/s")], 1, "cannot listen on unix:"),
        (["--bind", &unix(&"x".repeat(120))], 1, "that of a socket 107 at most"),
        (["--bind", "unix:"], 1, "the path of the socket is missing"),
        (["--metrics", &address], 1, "taken by another program or by --bind; try another --metrics"),
        (["--access-log", &path("no/such")], 1, "cannot write "),
        (["--access-log", &path("")], 1, "Is a directory"),
        (["--root", &path("none")], 1, "there is no directory"),
        (["--config", &path("settings.toml")], 2, "line 1: \"symlinks\" has to be text in quotes"),
        (["--config", &path("none")], 2, "none: No such file"),
        (["--allow-host", "*.a.org"], 2, "there are no patterns"),
        (["--max-head", "128k"], 2, "expected 512 bytes to 64k"),
        (["--rate-limit", "10/d"], 2, "expected requests in a second, minute or hour"),
        (["--rate-limit", "10/s:0"], 2, "such as 10/s, 600/m or 10/s:50"),
        (["--max-rate", "100"], 2, "expected at least 1k bytes a second"),
        (["--max-requests", "0"], 2, "'--max-requests <N>'"),
        (["--max-connections-per-client", "-1"], 2, "'-1'"),
        (["--timeout-connection", "soon"], 2, "expected a number of seconds"),
        (["--unix-mode", "0660"], 2, "no --bind is a Unix socket"),
        (["--unix-mode", "rw"], 2, "'--unix-mode <MODE>'"),
        (["--workers", "0"], 2, "'--workers <N>'"),
    ] {
        let free = if flags[0] == "--bind" { &[][..] } else { &["--bind", "127.0.0.1:0"] };
        let started = run(&[&flags, free].concat());
        let checked = run(&[&["--check-config"], &flags[..], free].concat());
        assert_eq!(checked, started, "{flags:?}");
        assert_eq!((started.0, &started.1[..]), (Some(code), ""), "{flags:?}");
        let lines = if code == 1 { started.2.lines().count() } else { 1 };
        assert!(started.2.contains(words) && lines == 1, "{flags:?}: {}", started.2);
    }
}

#[cfg(unix)]
#[test]
fn a_check_leaves_nothing_behind_and_nothing_changed() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::net::{UnixListener, UnixStream};

    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let state = || {
        let entry = |entry: std::io::Result<fs::DirEntry>| {
            let found = entry.and_then(|entry| Ok((entry.file_name(), entry.metadata()?))).expect("an entry");
            (found.0, found.1.ino(), found.1.ctime(), found.1.ctime_nsec(), found.1.len())
        };
        let mut entries: Vec<_> = fs::read_dir(dir.path()).expect("a directory").map(entry).collect();
        entries.sort();
        let own = fs::metadata(dir.path()).expect("a directory");
        (entries, own.ctime(), own.ctime_nsec())
    };
    drop(UnixListener::bind(path("stale")).unwrap());
    fs::write(path("old.log"), "a line\n").unwrap();
    let live = UnixListener::bind(path("live")).unwrap();
    let before = state();
    let bind = |name: &str| format!("unix:{}", path(name).display());
    for (socket, log, code) in [("new", "new.log", 0), ("stale", "old.log", 0), ("live", "new.log", 1)] {
        let log = path(log).display().to_string();
        let (found, _, err) = run(&["--check-config", "--bind", &bind(socket), "--access-log", &log]);
        assert_eq!((found, state()), (Some(code), before.clone()), "{socket}: {err}");
    }
    live.set_nonblocking(false).unwrap();
    UnixStream::connect(path("live")).unwrap();
}

#[cfg(unix)]
in_every_mode! {
fn every_signal_that_means_reload_elsewhere_is_survived(mode) {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log").display().to_string();
    for flags in [&[][..], &["--quiet"], &["--access-log", &log], &["--quiet", "--access-log", &log]] {
        let program = Program::start_in(mode, flags);
        for signal in ["HUP", "USR1", "USR2", "PIPE", "HUP"] {
            program.signal(signal);
            assert_eq!(status(program.address, "Host: a\r\n"), "200", "{flags:?} {signal}");
        }
        program.signal("TERM");
        assert_eq!(program.wait().0, Some(0), "{flags:?}");
    }
}

fn a_head_of_20_kb_needs_a_longer_limit(mode) {
    let cookies = format!("Host: a\r\nCookie: {}\r\n", "c".repeat(20 << 10));
    assert_eq!(status(Program::start_in(mode, &[]).address, &cookies), "431");
    let program = Program::start_in(mode, &["--max-head", "32k", "--metrics", "127.0.0.1:0"]);
    assert_eq!(status(program.address, &cookies), "200");
}
}

#[cfg(target_os = "linux")]
#[test]
fn a_reload_during_the_start_is_survived() {
    use std::io::{BufRead as _, BufReader};

    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("settings.toml").display().to_string();
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // Waits for a writer to the FIFO.
    let mut command = command(&["--config", &fifo, "--bind", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let catches_hup = || {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("Linux");
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask of signals");
        u64::from_str_radix(mask.trim(), 16).expect("a number") & 1 == 1
    };
    common::wait_until(catches_hup);
    assert!(
        Command::new("sh").args(["-c", &format!("kill -s HUP {}", child.id())]).status().unwrap().success()
    );
    fs::write(&fifo, "quiet = true\n").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("bantam serves http://127.0.0.1:"), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The ways of the program to print on stdout.
const PRINTING: [&[&str]; 7] = [
    &["--help"],
    &["-h"],
    &["--version"],
    &["--man"],
    &["--completions", "bash"],
    &["--check-config", "--bind", "127.0.0.1:0"],
    &["--bind", "127.0.0.1:0"],
];

fn with_stdout(flags: &[&str], stdout: impl Into<Stdio>) -> (Option<i32>, String, String) {
    let mut command = command(flags);
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    outcome(command.spawn().and_then(std::process::Child::wait_with_output).expect("it runs"))
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_sentence_and_exit_code_1() {
    let full = || fs::File::options().write(true).open("/dev/full").expect("Linux");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for flags in PRINTING {
        for (stdout, reason) in
            [(Stdio::from(full()), "No space"), (writer.try_clone().unwrap().into(), "Broken pipe")]
        {
            let (code, _, err) = with_stdout(flags, stdout);
            let sentence = err.lines().last().unwrap_or_default();
            assert_eq!(code, Some(1), "{flags:?}: {err}");
            assert!(
                sentence.starts_with("bantam: cannot write to stdout: ") && err.contains(reason),
                "{flags:?}: {err}"
            );
            assert!(!err.contains("panicked"), "{flags:?}: {err}");
        }
    }
    let mut hashing = command(&["--hash-password"]);
    let mut child = hashing.stdin(Stdio::piped()).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"secret\n").unwrap();
    let (code, _, err) = outcome(child.wait_with_output().unwrap());
    assert!(code == Some(1) && err.contains("cannot write to stdout"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_is_not_read_keeps_neither_the_server_nor_its_end() {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    let (_unread, pipe) = std::io::pipe().unwrap();
    // A pipe of Linux holds 64 KB.
    (&pipe).write_all(&[b'x'; 64 << 10]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let mut command = command(&["--quiet", "--bind", &format!("unix:{}", path.display())]);
    let mut child = command.stdout(pipe).spawn().unwrap();
    common::wait_until(|| path.exists());
    let mut response = String::new();
    common::wait_until(|| {
        // The file exists before the socket listens.
        let Ok(mut client) = UnixStream::connect(&path) else { return false };
        client.write_all(b"GET /robots.txt HTTP/1.0\r\n\r\n").is_ok()
            && client.read_to_string(&mut response).is_ok()
    });
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let sent = Command::new("sh").args(["-c", &format!("kill -s TERM {}", child.id())]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!path.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_that_cannot_be_written_keeps_its_exit_code() {
    let full = || fs::File::options().write(true).open("/dev/full").expect("Linux");
    for (flags, code) in
        [(&["--bind", "nonsense"][..], 1), (&["--workers", "0"], 2), (&["--check-config", "--bind", "x"], 1)]
    {
        let status = command(flags).stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{flags:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_start_that_cannot_print_its_addresses_leaves_no_socket_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux");
    let (code, _, err) = with_stdout(&["--bind", &format!("unix:{}", path.display())], full);
    assert!(code == Some(1) && !path.exists(), "{err}");
}

/// A port that is free for every address, that the kernel gives to no other socket by itself, and that no other test here gets: each of
/// the two has a number, 0 or 1.
fn free_port(test: u16) -> u16 {
    let start = 8_192 + 2 * (std::process::id() % 500) as u16 + test;
    let every_address = if has_ipv6() { "::" } else { "0.0.0.0" };
    let mut ports = (start..10_000).step_by(2);
    ports.find(|port| TcpListener::bind((every_address, *port)).is_ok()).expect("a free port")
}

#[test]
fn both_unspecified_addresses_are_served_on_one_port() {
    if !has_ipv6() {
        return;
    }
    let port = free_port(0);
    let (v4, v6) = (format!("0.0.0.0:{port}"), format!("[::]:{port}"));
    assert_eq!(run(&["--check-config", "--bind", &v4, "--bind", &v6]).0, Some(0));
    for order in [[&v4, &v6], [&v6, &v4]] {
        let program = Program::start(&["--bind", order[0], "--bind", order[1]]);
        for host in ["127.0.0.1", "::1"] {
            let host: IpAddr = host.parse().unwrap();
            assert_eq!(status((host, port).into(), "Host: a\r\n"), "200", "{host}");
        }
        program.signal("TERM");
        assert_eq!(program.wait().0, Some(0));
    }
}

#[cfg(unix)]
#[test]
fn the_mode_of_a_unix_socket_is_that_of_the_flag_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let socket = |name: &str| dir.path().join(name).display().to_string();
    let mode = |path: String| fs::metadata(path).map(|file| file.permissions().mode() & 0o7777).ok();
    let bind = format!("unix:{}", socket("flag"));
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0077; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_bantam")]);
    command.args(["--bind", &bind, "--unix-mode", "0660"]);
    let _program = Program::spawn(command);
    assert_eq!(mode(socket("flag")), Some(0o660));
}

#[test]
fn a_switch_and_a_list_are_set_by_variables_and_an_empty_variable_is_none() {
    let mut command = command(&[]);
    command.env("BANTAM_QUIET", "1").env("BANTAM_WORKERS", "").env("BANTAM_ALLOW_HOST", "a.org., b.org:81");
    let program = Program::spawn(command);
    for (host, expected) in
        [("a.org", "200"), ("a.org:5", "200"), ("b.org:81", "200"), ("b.org", "421"), ("c.org", "421")]
    {
        assert_eq!(status(program.address, &format!("Host: {host}\r\n")), expected, "{host}");
    }
    program.signal("TERM");
    assert_eq!(program.wait(), (Some(0), String::new(), String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_setting_without_effect_is_a_warning() {
    let check = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 100; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_bantam")]);
        command.args(["--check-config", "--bind", "127.0.0.1:0"]).args(flags).envs(variables.iter().copied());
        let (code, _, err) = outcome(program::shield(&mut command).output().expect("it runs"));
        assert_eq!(code, Some(0), "{err}");
        err
    };
    assert_eq!(check(&[("BANTAM_WORKERS", "2")], &["--max-connections", "100"]), "");
    assert!(
        check(&[("BANTAM_WORKERZ", "2")], &[]).starts_with("warn: the variable BANTAM_WORKERZ sets nothing")
    );
    assert!(check(&[], &["--max-connections", "101"]).contains("beyond the 100 files"));
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_where_the_file_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.txt"), "a").unwrap();
    std::os::unix::fs::symlink(Path::new("a.txt"), root.join("robots.txt")).unwrap();
    let config = dir.path().join("settings.toml");
    for (value, expected) in [("never", "404"), ("inside", "200")] {
        fs::write(&config, format!("root = \"{}\"\nsymlinks = \"{value}\"\n", root.display())).unwrap();
        let program = Program::start(&["--config", config.to_str().unwrap()]);
        assert_eq!(status(program.address, "Host: a\r\n"), expected, "{value}");
    }
}
