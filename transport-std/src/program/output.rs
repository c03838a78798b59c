//! What the program prints on stdout and stderr.
//!
//! Invariant: a text is written whole, and one that cannot be written is an error or dropped, never a panic.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How often a stream is tried again that another process has made non-blocking, and that is full.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);
/// How long an error waits for such a stderr.
const STDERR_LIMIT: Duration = Duration::from_millis(250);

/// Prints a text on stdout.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn print(text: &[u8]) -> Result<(), String> {
    stdout().and_then(|mut stdout| write_whole(&mut stdout, text, None)).map_err(|error| cannot_print(&error))
}

/// Prints a text on stdout in a thread of its own: a pipe that is full is not waited for. Calls `on_error` with the sentence for
/// the user, which is then in the cell.
///
/// # Errors
/// A sentence for the user, for want of a thread.
pub(crate) fn print_in_background(
    text: String,
    on_error: impl FnOnce(&String) + Send + 'static,
) -> Result<Arc<OnceLock<String>>, String> {
    let error = Arc::new(OnceLock::new());
    let cell = Arc::clone(&error);
    let run = move || {
        if let Err(message) = print(text.as_bytes()) {
            on_error(cell.get_or_init(|| message));
        }
    };
    let thread = thread::Builder::new().name("bantam-stdout".into()).spawn(run);
    thread.map(|_| error).map_err(|error| format!("cannot start a thread: {error}"))
}

/// Prints what clap answers to --help and --version, in colours on a terminal.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn print_answer(answer: &clap::Error) -> Result<(), String> {
    if io::stdout().is_terminal() {
        return answer.print().and_then(|()| io::stdout().flush()).map_err(|error| cannot_print(&error));
    }
    print(answer.to_string().as_bytes())
}

fn cannot_print(error: &io::Error) -> String {
    format!("cannot write to stdout: {error}")
}

/// Prints an error on stderr, if that can be written.
pub(crate) fn print_error(message: impl Display) {
    // One write: stderr has no buffer, and another process may write to it.
    let text = format!("bantam: {message}\n");
    let _ = write_whole(&mut io::stderr(), text.as_bytes(), Some(STDERR_LIMIT));
}

/// Stdout without the buffer of [`io::Stdout`], which does not tell how much of it was written.
#[cfg(unix)]
fn stdout() -> io::Result<impl Write> {
    use std::os::fd::AsFd as _;

    io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from)
}

#[cfg(not(unix))]
fn stdout() -> io::Result<impl Write> {
    Ok(io::stdout().lock())
}

/// Writes a text, for `limit` at most where the stream does not block.
fn write_whole(stream: &mut impl Write, mut text: &[u8], limit: Option<Duration>) -> io::Result<()> {
    let start = Instant::now();
    while !text.is_empty() {
        match stream.write(text) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => text = text.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error)
                if error.kind() == ErrorKind::WouldBlock
                    && limit.is_none_or(|limit| start.elapsed() < limit) =>
            {
                thread::sleep(RETRY_INTERVAL);
            }
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes, then none, and so on.
    struct Slow(Vec<u8>, bool);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if !self.1 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.0.extend(bytes.iter().take(3));
            Ok(bytes.len().min(3))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_does_not_block_gets_the_whole_text() {
        let mut slow = Slow(Vec::new(), false);
        write_whole(&mut slow, b"bantam serves", None).unwrap();
        assert_eq!(slow.0, b"bantam serves");
        let error = write_whole(&mut Slow(Vec::new(), false), b"four", Some(Duration::ZERO)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
}
