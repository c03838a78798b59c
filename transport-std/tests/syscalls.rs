//! Law: a request costs two system calls, one that brings it and one that answers it; sixteen in one piece cost no more.

#![cfg(all(feature = "cli", target_os = "linux"))]

mod common;
#[path = "common/program.rs"]
mod program;

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use common::{answer, connect, get};
use program::Program;

/// Watches a program's system calls until the log is asked for.
struct Strace {
    child: Child,
    log: std::path::PathBuf,
}

impl Strace {
    fn of(program: &Program) -> Self {
        let log = std::env::temp_dir().join(format!("bantam-strace-{}", program.child.id()));
        let (pid, path) = (program.child.id().to_string(), log.to_str().expect("a path").to_owned());
        let args =
            ["-f", "-e", "trace=network,desc,poll,epoll_wait,ioctl,futex,nanosleep", "-o", &path, "-p", &pid];
        let mut command = Command::new("strace");
        let mut child = command.args(args).stderr(Stdio::piped()).spawn().expect("strace runs");
        // It says so once it has taken hold of the threads.
        let mut byte = [0];
        child.stderr.as_mut().expect("piped").read_exact(&mut byte).expect("attached");
        Self { child, log }
    }

    fn finish(mut self) -> String {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-s", "INT", &id]).status().expect("kill runs");
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

/// The names of the calls, but those of other threads that wait.
fn calls(log: &str) -> Vec<&str> {
    let names = log
        .lines()
        .filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('(').map(|call| call.0));
    names.filter(|name| !matches!(*name, "futex" | "epoll_wait" | "restart_syscall")).collect()
}

#[test]
#[ignore = "needs strace: tests/run installs it"]
fn a_request_on_a_kept_connection_costs_one_recv_and_one_send() {
    const REQUESTS: usize = 50;
    let program = Program::start(&["--quiet"]);
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
    let (sent, received) = (count(&calls, "sendto"), count(&calls, "recvfrom"));
    assert_eq!(sent, REQUESTS, "{log}");
    // The receive that was waiting when strace came may be named by it or not, and so may the last one.
    assert!((REQUESTS - 1..=REQUESTS + 1).contains(&received), "{log}");
    assert_eq!(calls.len(), sent + received, "and nothing else: {log}");
}

#[test]
#[ignore = "needs strace: tests/run installs it"]
fn sixteen_pipelined_requests_are_answered_with_one_send() {
    let program = Program::start(&["--quiet"]);
    let mut client = connect(program.address);
    client.write_all(&get("/robots.txt")).unwrap();
    answer(&mut client).unwrap();
    let strace = Strace::of(&program);
    client.write_all(&get("/robots.txt").repeat(16)).unwrap();
    for _ in 0..16 {
        answer(&mut client).unwrap();
    }
    let log = strace.finish();
    assert_eq!(count(&calls(&log), "sendto"), 1, "{log}");
}

fn count(calls: &[&str], name: &str) -> usize {
    calls.iter().filter(|call| **call == name).count()
}
