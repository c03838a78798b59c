//! Runs the program `bantam` as a child process.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use bantam_std::Mode;

/// A running program on a free port; killed when dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    scheme: String,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::spawn(command(flags))
    }

    pub(crate) fn start_in(mode: Mode, flags: &[&str]) -> Self {
        let mut command = command(flags);
        command.args(["--mode", flag(mode)]);
        Self::spawn(command)
    }

    /// Starts the program with this limit of open descriptors.
    pub(crate) fn start_with_descriptors(mode: Mode, count: usize) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {count}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_bantam")]);
        command.args(["--mode", flag(mode)]);
        Self::spawn(command)
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = shield(&mut command)
            .args(["--bind", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("the startup line");
        let url = line.trim().strip_prefix("bantam serves ").and_then(|url| url.split_once("://"));
        let (scheme, url) = url.expect("a URL");
        // Behind the address stands the path of --prefix.
        let address = url.split('/').next().and_then(|address| address.parse().ok()).expect("an address");
        Self { child, address, scheme: scheme.into(), stdout }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub(crate) fn signal(&self, name: &str) {
        // A builtin of the shell: the program kill is not installed everywhere.
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("sh runs");
        assert!(sent.success());
    }

    /// Waits for a line on stderr that contains this text. Returns the line.
    pub(crate) fn wait_for_line(&mut self, text: &str) -> String {
        let mut byte = [0];
        let (mut line, stderr) = (Vec::new(), self.child.stderr.as_mut().expect("piped"));
        loop {
            stderr.read_exact(&mut byte).expect("it goes on");
            line.push(byte[0]);
            if byte == *b"\n" {
                let text_line = String::from_utf8(std::mem::take(&mut line)).expect("text");
                if text_line.contains(text) {
                    return text_line;
                }
            }
        }
    }

    /// Reads stderr up to the address of --metrics.
    pub(crate) fn metrics_address(&mut self) -> SocketAddr {
        let line = self.wait_for_line("metrics at http");
        let address = line.trim().trim_end_matches("/metrics").rsplit('/').next();
        address.and_then(|address| address.parse().ok()).expect("an address")
    }

    /// Sends a signal so many times.
    pub(crate) fn signal_in_turn(&self, name: &str, count: usize) {
        let kill =
            format!("i=0; while [ $i -lt {count} ]; do kill -s {name} {}; i=$((i+1)); done", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("sh runs");
        assert!(sent.success());
    }

    /// Waits until the process exits, without reading its output. Returns the exit code.
    pub(crate) fn wait_unread(&mut self) -> Option<i32> {
        let mut status = None;
        crate::common::wait_until(|| {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    /// Waits until the process exits. Returns the exit code, the rest of stdout, and stderr.
    pub(crate) fn wait(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
        self.stdout.read_to_string(&mut out).expect("text");
        (self.child.wait().expect("ended").code(), out, err)
    }

    /// A line of /proc/PID/status, such as `VmHWM`.
    pub(crate) fn status(&self, key: &str) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        status.lines().find(|line| line.starts_with(key)).expect("such a line").to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) const fn flag(mode: Mode) -> &'static str {
    match mode {
        Mode::EventLoop => "loop",
        Mode::Threads => "threads",
        #[cfg(feature = "tokio")]
        Mode::Tokio => "tokio",
    }
}

pub(crate) fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantam"));
    shield(&mut command).args(flags);
    command
}

/// What decides what the program does or prints, beside the variables of its settings: colours, the width of its help, the sockets of a
/// supervisor.
const DECIDING: [&str; 9] = [
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LINES",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "NO_COLOR",
];

/// Takes from a command the variables of this process that decide what the program does or prints. What a test has set stays.
pub(crate) fn shield(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let decides =
            name.to_str().is_some_and(|name| name.starts_with("BANTAM_") || DECIDING.contains(&name));
        if decides && command.get_envs().all(|(set, _)| set != name) {
            command.env_remove(name);
        }
    }
    command
}

/// The flags of `--help`, with true for those that take a value, but for --help and --version.
pub(crate) fn flags() -> Vec<(String, bool)> {
    let help = command(&["--help"]).output().expect("it runs").stdout;
    let help = String::from_utf8(help).expect("text");
    let flag = |line: &str| {
        // A text is indented further.
        let indent = line.len() - line.trim_start().len();
        let mut words = line.split_whitespace();
        let first = words.next().filter(|word| word.starts_with('-') && indent <= 6)?;
        let name = if first.ends_with(',') { words.next()? } else { first };
        Some((name.to_owned(), words.next().is_some_and(|word| word.starts_with('<'))))
    };
    let all: Vec<_> = help.lines().filter_map(flag).collect();
    assert!(all.len() > 30, "{help}");
    all.into_iter().filter(|(name, _)| !matches!(&**name, "--help" | "--version")).collect()
}
