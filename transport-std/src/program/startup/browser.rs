//! `Browser`: opens a URL by the program of the desktop, at --open.
//!
//! Invariant: the thread that starts the browser's process is not restricted by the sandbox, and ends when it has started it.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{io, thread};

use log::warn;

/// A thread that waits for a URL. A browser that it starts is not restricted, if the thread was started before the sandbox.
pub(crate) struct Browser {
    url: Sender<String>,
    started: Receiver<io::Result<Child>>,
}

impl Browser {
    /// # Errors
    /// The system's, for want of a thread.
    pub(super) fn prepare() -> io::Result<Self> {
        let ((url, to_open), (launched, started)) = (channel::<String>(), channel());
        let run = move || {
            if let Ok(url) = to_open.recv() {
                let _ = launched.send(launch(open::commands(url)));
            }
        };
        thread::Builder::new().name("bantam-open".into()).spawn(run)?;
        Ok(Self { url, started })
    }

    /// Opens a URL, and returns at once. A failure is a warning.
    pub(super) fn open(self, url: String) {
        let wait = move || {
            let _ = self.url.send(url);
            let ended =
                self.started.recv().map_err(io::Error::other).flatten().and_then(|mut child| child.wait());
            match ended {
                Ok(status) if status.success() => {}
                Ok(status) => warn!("--open: the browser's launcher ended with {status}"),
                Err(error) => warn!("--open: no browser could be started: {error}"),
            }
        };
        // Without a thread to wait on, nothing is opened.
        let _ = thread::Builder::new().name("bantam-browser".into()).spawn(wait);
    }
}

/// Starts the first command that there is.
fn launch(commands: Vec<Command>) -> io::Result<Child> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for mut command in commands {
        match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => return Ok(child),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}
