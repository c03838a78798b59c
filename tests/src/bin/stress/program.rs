//! The program as a child process, with flags and limits of the shell.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::process::Process;

/// The running program on a free port; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Program {
    /// Starts the program with these flags, separated by spaces.
    pub(crate) fn start(path: &str, flags: &str) -> io::Result<Self> {
        Self::start_under(":", path, flags)
    }

    /// Starts the program after a shell command that sets a limit: `ulimit -n 40`.
    pub(crate) fn start_under(limit: &str, path: &str, flags: &str) -> io::Result<Self> {
        Self::start_logging(limit, path, &format!("--quiet {flags}"))
    }

    /// As [`Self::start_under`], with a line of the log for each request.
    pub(crate) fn start_logging(limit: &str, path: &str, flags: &str) -> io::Result<Self> {
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limit} && exec \"$0\" \"$@\""), path, "--bind", "127.0.0.1:0"])
            .args(flags.split_whitespace())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let url = line.trim().strip_prefix("bantam serves http://").map(|url| url.trim_end_matches('/'));
        match url.and_then(|url| url.parse().ok()) {
            Some(address) => Ok(Self { child, address }),
            None => Err(io::Error::other(format!("the program did not start: {line:?}"))),
        }
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// A shell that sends SIGTERM when it reads a line, so that no process has to be started at that time.
    pub(crate) fn terminator(&self) -> io::Result<Terminator> {
        let mut shell = Command::new("sh")
            .args(["-c", "read _ && kill -s TERM \"$0\"", &self.child.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()?;
        let stdin = shell.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
        Ok(Terminator { shell, stdin })
    }

    /// Returns true if the program has not ended.
    pub(crate) fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits until the program ends.
    pub(crate) fn wait(mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// See [`Program::terminator`].
#[derive(Debug)]
pub(crate) struct Terminator {
    shell: Child,
    stdin: ChildStdin,
}

impl Terminator {
    pub(crate) fn send(mut self) -> io::Result<()> {
        self.stdin.write_all(b"\n")?;
        self.shell.wait().map(drop)
    }
}
