//! The program as a child process, with the flags of its unit in transport-std/contrib/, on ports that a restart keeps.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bantam_std::Mode;

use crate::port;
use crate::rolling::{TIMEOUT, contributed, until};

/// The program, built as `cargo build` does.
fn program() -> PathBuf {
    // A sibling of this test's folder.
    let here = std::env::current_exe().expect("a path");
    let folder = here.parent().and_then(|deps| deps.parent()).expect("a folder");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "-p", "bantam-std", "--bin", "bantam"]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    // The program that other tests use.
    let tokio = Mode::ALL.iter().any(|mode| format!("{mode:?}") == "Tokio");
    build.args(["--features", if tokio { "cli,tokio" } else { "cli" }]);
    assert!(build.status().expect("cargo runs").success());
    folder.join("bantam")
}

/// An instance behind the intermediary; killed when dropped.
pub(crate) struct Instance {
    /// Its number in the configurations.
    pub(crate) number: usize,
    pub(crate) address: SocketAddr,
    pub(crate) metrics: SocketAddr,
    program: PathBuf,
    flags: Vec<String>,
    child: Child,
}

impl Instance {
    pub(crate) fn start(number: usize) -> Self {
        let (program, address, metrics) = (program(), port::free(), port::free());
        let unit = contributed("bantam@.service");
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=bantam "));
        let line = line.expect("a command").replace("%i", &number.to_string());
        let line = swapped(line, &format!("127.0.0.1:808{number}"), address);
        let line = swapped(line, &format!("127.0.0.1:918{number}"), metrics);
        let flags: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let child = spawn(&program, &flags);
        Self { number, address, metrics, program, flags, child }
    }

    /// Sends SIGTERM and waits for the end, as a supervisor does.
    pub(crate) fn stop(&mut self) {
        let kill = format!("kill -s TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh runs").success());
        let mut status = None;
        until("the program ends", || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        let mut stderr = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
        assert_eq!((status.and_then(|status| status.code()), stderr.as_str()), (Some(0), ""));
    }

    /// Starts the instance again, on the same ports.
    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.program, &self.flags);
    }

    /// The number of responses since the last start.
    pub(crate) fn answered(&self) -> u64 {
        let mut stream = TcpStream::connect(self.metrics).expect("it tells");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("text");
        assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
        let lines = text.lines().filter(|line| line.starts_with("bantam_requests_total{"));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }
}

/// Replaces the paths and ports of contrib/ with those of the test.
pub(crate) fn swapped(text: String, there: &str, here: impl ToString) -> String {
    assert!(text.contains(there), "{there} in {text}");
    text.replace(there, &here.to_string())
}

/// Starts the program, and waits until it listens.
fn spawn(program: &PathBuf, flags: &[String]) -> Child {
    let mut child = Command::new(program)
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("bantam serves http://"), "{line:?}, with {flags:?}");
    child
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
