//! Law: a request costs two system calls, one that brings it and one that answers it; sixteen in one piece cost no more.

#![cfg(target_os = "linux")]

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, Command, Stdio};

use common::{answer, connect, get};
use program::Program;

/// Watches a program's system calls until the log is asked for.
struct Strace {
    child: Child,
    log: std::path::PathBuf,
    /// What it goes on to say would kill it, were nobody there to listen.
    _says: BufReader<ChildStderr>,
}

impl Strace {
    fn of(program: &Program) -> Self {
        let log = std::env::temp_dir().join(format!("bantam-strace-{}", program.child.id()));
        let (pid, path) = (program.child.id().to_string(), log.to_str().expect("a path").to_owned());
        let args = ["-f", "-e", "trace=all", "-o", &path, "-p", &pid];
        let mut command = Command::new("strace");
        let mut child = command.args(args).stderr(Stdio::piped()).spawn().expect("strace runs");
        // It says so once it has taken hold of all threads.
        let mut said = String::new();
        let mut says = BufReader::new(child.stderr.take().expect("piped"));
        says.read_line(&mut said).expect("attached");
        Self { child, log, _says: says }
    }

    fn finish(mut self) -> String {
        let kill = format!("kill -s INT {}", self.child.id());
        Command::new("sh").args(["-c", &kill]).status().expect("sh runs");
        self.child.wait().expect("strace ends");
        std::fs::read_to_string(&self.log).expect("a log")
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = std::fs::remove_file(&self.log);
    }
}

/// The names of the calls of the thread that answers, from its first answer on: to be watched disturbs the call before.
fn calls(log: &str) -> Vec<&str> {
    let thread = log.lines().find(|line| line.contains(" sendto(")).and_then(|line| line.split(' ').next());
    let own = log.lines().filter(|line| line.split(' ').next() == thread);
    own.filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('(').map(|call| call.0))
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .skip_while(|name| *name != "sendto")
        // To wait is no cost of a request: many of them come out of one wait.
        .filter(|name| !name.starts_with("epoll_"))
        .collect()
}

in_every_mode! {
#[ignore = "needs strace: tests/run installs it"]
fn a_request_on_a_kept_connection_costs_one_recv_and_one_send(mode) {
    const REQUESTS: usize = 50;
    let program = Program::start_in(mode, &["--quiet"]);
    let mut client = connect(program.address);
    client.write_all(&get("/robots.txt")).unwrap();
    answer(&mut client).unwrap();
    let strace = Strace::of(&program);
    for _ in 0..REQUESTS {
        client.write_all(&get("/robots.txt")).unwrap();
        answer(&mut client).unwrap();
    }
    let log = strace.finish();
    let calls = calls(&log);
    assert!((2 * REQUESTS - 1..=2 * REQUESTS + 2).contains(&calls.len()), "{log}");
    for (number, name) in calls.iter().enumerate() {
        assert_eq!(*name, if number % 2 == 0 { "sendto" } else { "recvfrom" }, "{log}");
    }
}

#[ignore = "needs strace: tests/run installs it"]
fn a_large_file_leaves_by_sendfile_and_is_never_read(mode) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("large"), vec![b'x'; 1 << 20]).unwrap();
    std::fs::write(folder.path().join("small"), "small").unwrap();
    let program = Program::start_in(mode, &["--quiet", "--root", folder.path().to_str().unwrap()]);
    let mut client = connect(program.address);
    client.write_all(&get("/small")).unwrap();
    answer(&mut client).unwrap();
    let strace = Strace::of(&program);
    client.write_all(&get("/large")).unwrap();
    answer(&mut client).unwrap();
    let log = strace.finish();
    let sent: usize = log
        .lines()
        .filter(|line| line.contains(" sendfile("))
        .filter_map(|line| line.rsplit(" = ").next()?.parse::<usize>().ok())
        .sum();
    assert_eq!(sent, 1 << 20, "{log}");
    assert!(!log.contains(" read(") && !log.contains(" pread64("), "{log}");
}

#[ignore = "needs strace: tests/run installs it"]
fn sixteen_pipelined_requests_are_answered_with_one_send(mode) {
    let program = Program::start_in(mode, &["--quiet"]);
    let mut client = connect(program.address);
    client.write_all(&get("/robots.txt")).unwrap();
    let one = answer(&mut client).unwrap().len();
    let strace = Strace::of(&program);
    client.write_all(&get("/robots.txt").repeat(16)).unwrap();
    for _ in 0..16 {
        answer(&mut client).unwrap();
    }
    let log = strace.finish();
    // The answer before may have been seen, too.
    assert!(calls(&log).iter().filter(|name| **name == "sendto").count() <= 2, "{log}");
    let all = format!(", {}, ", 16 * one);
    assert!(log.lines().any(|line| line.contains(" sendto(") && line.contains(&all)), "{log}");
}
}
