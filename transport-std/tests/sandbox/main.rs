//! What the program gives up between its start and its first request, and what it says when it has started.
//!
//! A test that needs a kernel with Landlock, or root, says so where there is none.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/program.rs"]
mod program;
mod startup;
mod user;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use common::{read_to_close, send, wait_until};
use program::{Program, command};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// Returns false, and says so, where this kernel cannot restrict a program.
fn has_landlock() -> bool {
    let checked =
        command(&["--check-config", "--sandbox", "required", "--bind", "127.0.0.1:0"]).output().unwrap();
    let error = String::from_utf8(checked.stderr).unwrap();
    if !checked.status.success() {
        assert_eq!(checked.status.code(), Some(1), "{error}");
        assert!(error.contains("--sandbox required: this kernel has no Landlock"), "{error}");
        println!("not tested: {error}");
    }
    checked.status.success()
}

fn run(flags: &[&str]) -> (Option<i32>, String) {
    let output = command(flags).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// The status and the body of a response.
fn ask(program: &Program, path: &str) -> (String, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let response = read_to_close(&mut send(program.address, request.as_bytes()));
    let (head, body) = response.split_once("\r\n\r\n").expect("a response");
    (head.split(' ').nth(1).unwrap_or_default().to_owned(), body.to_owned())
}

fn ok(body: &str) -> (String, String) {
    ("200".into(), body.into())
}

/// The value of a line of /proc/PID/task/TID/status for every thread.
fn of_every_thread(program: &Program, key: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", program.child.id())).unwrap();
    let value = |task: fs::DirEntry| {
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .map(|value| value.trim_start_matches(':').trim().to_owned())
    };
    tasks.filter_map(|task| value(task.ok()?)).collect()
}

/// Directories `releases/1` and `releases/2`, another one outside, and `current`, a link to the first. Each has a file `a` with its
/// name.
fn releases() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for dir in ["releases/1", "releases/2", "outside"] {
        fs::create_dir_all(home.path().join(dir)).unwrap();
        fs::write(home.path().join(dir).join("a"), dir).unwrap();
    }
    switch(&home, "current", "releases/1");
    home
}

/// Makes a link to another target in one step.
fn switch(home: &TempDir, link: &str, target: &str) {
    symlink(target, home.path().join("next")).unwrap();
    fs::rename(home.path().join("next"), home.path().join(link)).unwrap();
}

fn text(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

in_every_mode! {
/// The password pool, the health server, the log writer and the workers have threads.
fn every_thread_starts_behind_the_sandbox(mode) {
    let home = releases();
    let (log, root) = (text(&home.path().join("log")), text(&home.path().join("current")));
    let ada = "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let flags = ["--root", &root, "--access-log", &log, "--metrics", "127.0.0.1:0", "--basic-auth", ada, "--workers", "3"];
    for (sandbox, expected) in [("best-effort", "1"), ("off", "0")] {
        let program = Program::start_in(mode, &[&flags[..], &["--sandbox", sandbox, "--tls-self-signed"]].concat());
        let threads = of_every_thread(&program, "NoNewPrivs");
        assert!(threads.len() > 6 && threads.iter().all(|value| value == expected), "{sandbox}: {threads:?}");
    }
}

fn no_worker_can_read_a_root_outside_the_sandbox(mode) {
    let home = releases();
    let root = text(&home.path().join("current"));
    let start = |flags: &[&str]| Program::start_in(mode, &[&["--root", &root, "--workers", "3"], flags].concat());
    let outside = text(&home.path().join("outside"));
    for (flags, denied) in [(&[][..], has_landlock()), (&["--sandbox", "off"], false), (&["--sandbox-read", &outside], false)] {
        switch(&home, "current", "releases/1");
        let mut program = start(flags);
        // The kernel spreads connections among the workers.
        let all = |expected: &(String, String)| assert!((0..16).all(|_| &ask(&program, "/a") == expected), "{flags:?}");
        for release in ["releases/2", "releases/1"] {
            switch(&home, "current", release);
            all(&ok(release));
        }
        switch(&home, "current", "outside");
        if denied {
            assert!((0..16).all(|_| ask(&program, "/a").0 == "503"));
            switch(&home, "current", "releases/2");
            all(&ok("releases/2"));
            let line = program.wait_for_line("cannot be opened");
            assert!(line.contains("outside the sandbox of this process (see --sandbox-read)"), "{line}");
        } else {
            all(&ok("outside"));
        }
    }
}

fn a_root_that_is_made_again_needs_its_parent_in_the_sandbox(mode) {
    let home = releases();
    let (root, parent) = (home.path().join("releases/1"), text(&home.path().join("releases")));
    for (flags, expected) in [(&[][..], if has_landlock() { "503" } else { "200" }), (&["--sandbox-read", &parent], "200")] {
        let program = Program::start_in(mode, &[&["--root", &*text(&root)], flags].concat());
        assert_eq!(ask(&program, "/a").0, "200");
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(ask(&program, "/a").0, "503", "there is no root");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("a"), "made again").unwrap();
        assert_eq!(ask(&program, "/a").0, expected, "{flags:?}");
    }
}
}

#[test]
fn the_log_the_certificates_and_the_socket_are_replaced_in_the_sandbox_as_their_tools_do() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    // As Kubernetes mounts secrets: a.crt -> ..data/a.crt, and ..data is switched.
    let renew = |version: &str| {
        fs::create_dir_all(path("tls").join(version)).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".into()]).unwrap().self_signed(&key).unwrap();
        fs::write(path("tls").join(version).join("a.crt"), certificate.pem()).unwrap();
        fs::write(path("tls").join(version).join("a.key"), key.serialize_pem()).unwrap();
        switch(&home, "tls/..data", version);
    };
    renew("..1");
    symlink("..data/a.crt", path("tls/a.crt")).unwrap();
    symlink("..data/a.key", path("tls/a.key")).unwrap();
    // The log is in another directory than its link.
    ["logs", "elsewhere", "run"].iter().for_each(|dir| fs::create_dir(path(dir)).unwrap());
    symlink("../elsewhere/access.log", path("logs/access.log")).unwrap();
    let (certificate, key) = (text(&path("tls/a.crt")), text(&path("tls/a.key")));
    let (log, socket) = (text(&path("logs/access.log")), format!("unix:{}", text(&path("run/s"))));
    let sandbox = if has_landlock() { "required" } else { "best-effort" };
    let flags = ["--tls-cert", &certificate, "--tls-key", &key, "--tls-reload", "0", "--access-log", &log];
    let mut child =
        Program::start(&[&flags[..], &["--bind", &socket, "--sandbox", sandbox, "--verbose"]].concat());
    renew("..2");
    fs::rename(path("elsewhere/access.log"), path("elsewhere/access.log.1")).unwrap();
    child.signal("HUP");
    child.wait_for_line("1 new certificates are in use");
    wait_until(|| path("elsewhere/access.log").exists());
    assert!(path("run/s").exists());
    child.signal("TERM");
    let (code, _, error) = child.wait();
    assert!(code == Some(0) && !error.contains("warn") && !error.contains("cannot"), "{error}");
    assert!(!path("run/s").exists(), "the file of the socket is removed");
}

#[test]
fn what_is_left_is_said_at_the_start_and_what_cannot_be_is_refused() {
    let home = releases();
    let root = text(&home.path().join("current"));
    if has_landlock() {
        let program = Program::start(&["--root", &root, "--verbose"]);
        program.signal("TERM");
        let (_, _, error) = program.wait();
        let line = error.lines().find(|line| line.contains("sandbox: Landlock ABI")).expect("said");
        let releases = home.path().canonicalize().unwrap().join("releases");
        assert!(
            line.contains(&format!("read {}, ", releases.display())) && !line.contains("outside"),
            "{line}"
        );
    }
    for (flags, expected, words) in [
        (["--sandbox-read", "/none/such"], 1, "--sandbox-read: there is no directory /none/such"),
        (["--sandbox", "perhaps"], 2, "'--sandbox <WHEN>'"),
    ] {
        for check in [&["--check-config"][..], &[]] {
            let (code, error) = run(&[check, &flags, &["--bind", "127.0.0.1:0"]].concat());
            assert!(code == Some(expected) && error.contains(words), "{flags:?}: {error}");
        }
    }
}

in_every_mode! {
#[ignore = "needs strace: tests/run installs it"]
fn rights_are_given_up_behind_the_last_bind_and_before_the_first_thread(mode) {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("strace");
    let mut strace = std::process::Command::new("strace");
    // -D: the child is the program, and its tracer a grandchild.
    strace.args(["-D", "-f", "-e", "trace=bind,clone,clone3,landlock_restrict_self,setuid,setgroups", "-o", &text(&log)]);
    strace.args([env!("CARGO_BIN_EXE_bantam"), "--mode", program::flag(mode), "--workers", "3", "--metrics", "127.0.0.1:0"]);
    if user::is_root() {
        strace.args(["--user", "65534:65534"]);
    }
    let program = Program::spawn(strace);
    program.signal("TERM");
    assert_eq!(program.wait().0, Some(0));
    wait_until(|| fs::read_to_string(&log).unwrap().lines().any(|line| line.contains("+++ exited")));
    let calls = fs::read_to_string(&log).unwrap();
    let at = |name: &str| calls.lines().position(|line| line.contains(&format!("{name}(")));
    let first_thread = at("clone3").into_iter().chain(at("clone")).min().expect("threads");
    let last_bind = calls.lines().rev().position(|line| line.contains("bind(")).map(|back| calls.lines().count() - back);
    assert!(last_bind.is_some_and(|last| last <= first_thread), "{calls}");
    for (name, called) in [("landlock_restrict_self", has_landlock()), ("setuid", user::is_root())] {
        assert_eq!(at(name).is_some_and(|at| at < first_thread), called, "{name}: {calls}");
    }
}
}
