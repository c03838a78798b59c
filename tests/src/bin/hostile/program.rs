//! Law: the program is started as a user starts it, with flags and the shell's limits, and is known from outside alone.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::process::Process;

/// The program at work on a free port; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Program {
    /// Starts it with these flags, separated by spaces.
    pub(crate) fn start(path: &str, flags: &str) -> io::Result<Self> {
        Self::start_under(":", path, flags)
    }

    /// Starts it after a command of the shell, which sets a limit: `ulimit -n 40`.
    pub(crate) fn start_under(limit: &str, path: &str, flags: &str) -> io::Result<Self> {
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limit} && exec \"$0\" \"$@\""), path, "--bind", "127.0.0.1:0", "--quiet"])
            .args(flags.split_whitespace())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        let url = said.trim().strip_prefix("bantam serves http://").map(|url| url.trim_end_matches('/'));
        match url.and_then(|url| url.parse().ok()) {
            Some(address) => Ok(Self { child, address }),
            None => Err(io::Error::other(format!("the program did not start: {said:?}"))),
        }
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// A shell that will send SIGTERM as soon as it is given a line: so that no process has to be made at that moment.
    pub(crate) fn terminator(&self) -> io::Result<Terminator> {
        let mut shell = Command::new("sh")
            .args(["-c", "read _ && kill -s TERM \"$0\"", &self.child.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()?;
        let stdin = shell.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
        Ok(Terminator { shell, stdin })
    }

    /// Does it still run?
    pub(crate) fn runs(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// SIGTERM, ready to be sent.
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
