//! System calls of the program, counted by strace.
//!
//! Invariant: a request costs one recv and one send, and sixteen pipelined requests cost one send; a small file costs five calls
//! more, and one more for each coding that it is not found in; no error of accept without end keeps the program from answering
//! later or from stopping.

#![cfg(target_os = "linux")]

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, Command, Stdio};

use common::{connect, get, read_response, wait_until};
use program::{Program, flag as mode_flag};

/// An strace that is attached to the program.
struct Strace {
    child: Child,
    log: std::path::PathBuf,
    /// Kept open: strace ends when it cannot write.
    _stderr: BufReader<ChildStderr>,
}

impl Strace {
    fn attach(program: &Program) -> Self {
        Self::attach_with(program, &["-e", "trace=all"])
    }

    fn attach_with(program: &Program, flags: &[&str]) -> Self {
        let log = std::env::temp_dir().join(format!("bantam-strace-{}", program.child.id()));
        let (pid, path) = (program.child.id().to_string(), log.to_str().expect("a path").to_owned());
        let mut command = Command::new("strace");
        let args = ["-f", "-o", &path, "-p", &pid];
        let mut child = command.args(flags).args(args).stderr(Stdio::piped()).spawn().expect("strace runs");
        // It prints a line once it has attached to all threads.
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        stderr.read_line(&mut line).expect("attached");
        Self { child, log, _stderr: stderr }
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

/// The system calls of the thread that responds, from its first response on: attaching disturbs the call before it.
fn calls(log: &str) -> Vec<&str> {
    let thread = log.lines().find(|line| line.contains(" sendto(")).and_then(|line| line.split(' ').next());
    let own = log.lines().filter(|line| line.split(' ').next() == thread);
    own.filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('(').map(|call| call.0))
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .skip_while(|name| *name != "sendto")
        // One wait serves many requests.
        .filter(|name| !name.starts_with("epoll_"))
        .collect()
}

/// How many bytes of files were sent.
fn sent_by_sendfile(log: &str) -> usize {
    // strace writes a call that another thread interrupts on two lines; the second one has the result.
    log.lines()
        .filter(|line| line.contains(" sendfile(") || line.contains(" sendfile resumed>"))
        .filter_map(|line| line.rsplit(" = ").next()?.parse::<usize>().ok())
        .sum()
}

in_every_mode! {
#[ignore = "needs strace: tests/run installs it"]
fn a_request_on_a_kept_connection_costs_one_recv_and_one_send(mode) {
    const REQUESTS: usize = 50;
    let program = Program::start_in(mode, &["--quiet"]);
    let mut client = connect(program.address);
    client.write_all(&get("/robots.txt")).unwrap();
    read_response(&mut client).unwrap();
    let strace = Strace::attach(&program);
    for _ in 0..REQUESTS {
        client.write_all(&get("/robots.txt")).unwrap();
        read_response(&mut client).unwrap();
    }
    let log = strace.finish();
    let calls = calls(&log);
    assert!((2 * REQUESTS - 1..=2 * REQUESTS + 2).contains(&calls.len()), "{log}");
    for (number, name) in calls.iter().enumerate() {
        assert_eq!(*name, if number % 2 == 0 { "sendto" } else { "recvfrom" }, "{log}");
    }
}

#[ignore = "needs strace: tests/run installs it"]
fn an_error_of_accept_without_end_is_waited_out(mode) {
    for error in ["EACCES", "ECONNABORTED", "ENOMEM", "EBADF"] {
        let mut program = Program::start_in(mode, &["--quiet"]);
        let inject = format!("inject=accept4:error={error}");
        let strace = Strace::attach_with(&program, &["-e", "trace=accept4", "-e", &inject]);
        let mut client = connect(program.address);
        program.wait_for_line("cannot accept connections at the moment: ");
        drop(strace.finish());
        client.write_all(&get("/robots.txt")).unwrap();
        assert!(read_response(&mut client).unwrap().starts_with("HTTP/1.1 200 "));
        let strace = Strace::attach_with(&program, &["-e", "trace=accept4", "-e", &inject]);
        let _pending = connect(program.address);
        program.signal("TERM");
        assert_eq!(program.child.wait().unwrap().code(), Some(0), "{error}");
        drop(strace);
    }
}

/// tokio panics on such an error. No other thread has the connections of that worker.
#[ignore = "needs strace: tests/run installs it"]
fn a_poll_that_fails_is_waited_out_or_ends_the_program_with_a_code(mode) {
    let mut program = Program::start_in(mode, &["--quiet"]);
    let strace = Strace::attach_with(&program, &["-e", "trace=epoll_wait", "-e", "inject=epoll_wait:error=ENOMEM"]);
    let client = std::net::TcpStream::connect(program.address);
    if !matches!(mode, Mode::EventLoop | Mode::Threads) {
        let (code, _, err) = program.wait();
        assert_eq!(code, Some(1), "{err}");
        assert!(err.contains("a worker has ended, and the server stops: "), "{err}");
        return;
    }
    program.wait_for_line("cannot poll: ");
    drop(strace.finish());
    let mut client = client.unwrap();
    client.write_all(&get("/robots.txt")).unwrap();
    assert!(read_response(&mut client).unwrap().starts_with("HTTP/1.1 200 "));
    program.signal("TERM");
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}

#[ignore = "needs strace: tests/run installs it"]
fn a_large_file_is_sent_by_sendfile_and_never_read(mode) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("large"), vec![b'x'; 1 << 20]).unwrap();
    std::fs::write(dir.path().join("small"), "small").unwrap();
    let program = Program::start_in(mode, &["--quiet", "--root", dir.path().to_str().unwrap()]);
    let mut client = connect(program.address);
    client.write_all(&get("/small")).unwrap();
    read_response(&mut client).unwrap();
    let strace = Strace::attach(&program);
    client.write_all(&get("/large")).unwrap();
    read_response(&mut client).unwrap();
    let log = strace.finish();
    assert_eq!(sent_by_sendfile(&log), 1 << 20, "{log}");
    assert!(!log.contains(" read(") && !log.contains(" pread64("), "{log}");
    // Each of several ranges, too, with what stands between them.
    let strace = Strace::attach(&program);
    let fields = "Range: bytes=0-99999,200000-299999\r\n";
    client.write_all(format!("GET /large HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes()).unwrap();
    read_response(&mut client).unwrap();
    let log = strace.finish();
    assert_eq!(sent_by_sendfile(&log), 200_000, "{log}");
    assert!(!log.contains(" read(") && !log.contains(" pread64("), "{log}");
}

#[ignore = "needs strace: tests/run installs it"]
fn a_file_whose_content_is_known_is_read_once_for_its_response(mode) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.html"), "<p>").unwrap();
    let program = Program::start_in(mode, &["--quiet", "--root", dir.path().to_str().unwrap()]);
    let mut client = connect(program.address);
    let mut log = String::new();
    // Until the last change is old enough every request looks at the content: one read more.
    wait_until(|| {
        let strace = Strace::attach(&program);
        for _ in 0..5 {
            client.write_all(&get("/a.html")).unwrap();
            read_response(&mut client).unwrap();
        }
        log = strace.finish();
        log.matches(" pread64(").count() == 5
    });
    assert_eq!(log.matches(" openat2(").count(), 5, "{log}");
}

#[ignore = "needs strace: tests/run installs it"]
fn a_small_file_in_a_coding_costs_as_many_calls_as_its_name_needs(mode) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.js", "a.js.gz"] {
        std::fs::write(dir.path().join(name), "text").unwrap();
    }
    let program = Program::start_in(mode, &["--quiet", "--root", dir.path().to_str().unwrap()]);
    let mut client = connect(program.address);
    for (codings, missing) in [("gzip", 0), ("gzip, deflate, br, zstd", 2)] {
        let request = format!("GET /a.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {codings}\r\n\r\n");
        let mut expected = vec!["recvfrom", "stat"];
        expected.extend(vec!["openat2"; missing + 1]);
        expected.extend(["stat", "pread64", "close", "sendto"]);
        // Until the last change is old enough every request looks at the content.
        wait_until(|| {
            let strace = Strace::attach(&program);
            for _ in 0..3 {
                client.write_all(request.as_bytes()).unwrap();
                assert!(read_response(&mut client).unwrap().contains("Content-Encoding: gzip"));
            }
            let log = strace.finish();
            // A build that checks itself asks whether a descriptor is open before it closes it.
            let calls = calls(&log).into_iter().filter(|name| *name != "fcntl");
            let calls: Vec<_> =
                calls.map(|name| if name.contains("stat") { "stat" } else { name }).collect();
            // From the second request on.
            calls.get(1..1 + 2 * expected.len()) == Some(&expected.repeat(2))
        });
    }
}

#[ignore = "needs strace: tests/run installs it"]
fn a_large_file_leaves_in_one_segment_with_its_head(mode) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("large"), vec![b'x'; 20_000]).unwrap();
    let program = Program::start_in(mode, &["--quiet", "--root", dir.path().to_str().unwrap()]);
    let mut client = connect(program.address);
    let strace = Strace::attach(&program);
    for path in ["/large", "/nothing"] {
        client.write_all(&get(path)).unwrap();
        read_response(&mut client).unwrap();
    }
    let log = strace.finish();
    let sends: Vec<_> = log.lines().filter(|line| line.contains(" sendto(") || line.contains(" sendfile(")).collect();
    assert!(sends[0].contains("MSG_MORE") && sends[1].contains(" sendfile("), "{log}");
    assert!(!sends.last().unwrap().contains("MSG_MORE"), "{log}");
}

#[ignore = "needs strace: tests/run installs it"]
fn what_a_filter_of_system_calls_refuses_is_done_another_way(mode) {
    let dir = tempfile::tempdir().unwrap();
    let (root, large) = (dir.path().join("root"), "x".repeat(1 << 20));
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("large"), &large).unwrap();
    std::fs::write(dir.path().join("outside"), "outside").unwrap();
    std::os::unix::fs::symlink("../outside", root.join("link")).unwrap();
    for error in ["EPERM", "ENOSYS", "EOPNOTSUPP", "EACCES", "EINVAL", "EIO"] {
        // Of openat2 and statx only these two mean that the call is not there.
        let calls = if matches!(error, "EPERM" | "ENOSYS") { "sendfile,openat2,statx" } else { "sendfile" };
        let inject = format!("inject={calls}:error={error}");
        let mut strace = Command::new("strace");
        // -D: the program is the child, and strace ends with it.
        strace.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", &inject, env!("CARGO_BIN_EXE_bantam"), "--quiet"]);
        strace.args(["--mode", mode_flag(mode), "--root", root.to_str().unwrap()]);
        let program = Program::spawn(strace);
        let mut client = connect(program.address);
        for _ in 0..2 {
            client.write_all(&get("/large")).unwrap();
            let answer = read_response(&mut client).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(&large), "{error}");
        }
        client.write_all(&get("/link")).unwrap();
        assert!(read_response(&mut client).unwrap().starts_with("HTTP/1.1 404 "), "{error}");
    }
}

#[ignore = "needs strace: tests/run installs it"]
fn sixteen_pipelined_requests_are_answered_with_one_send(mode) {
    let program = Program::start_in(mode, &["--quiet"]);
    let mut client = connect(program.address);
    client.write_all(&get("/robots.txt")).unwrap();
    let one = read_response(&mut client).unwrap().len();
    let strace = Strace::attach(&program);
    client.write_all(&get("/robots.txt").repeat(16)).unwrap();
    for _ in 0..16 {
        read_response(&mut client).unwrap();
    }
    let log = strace.finish();
    // The log may contain the response before.
    assert!(calls(&log).iter().filter(|name| **name == "sendto").count() <= 2, "{log}");
    let all = format!(", {}, ", 16 * one);
    assert!(log.lines().any(|line| line.contains(" sendto(") && line.contains(&all)), "{log}");
}
}
