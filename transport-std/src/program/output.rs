//! What the program prints on stdout and stderr.
//!
//! Invariant: a text is written whole, and one that cannot be written is an error or dropped, never a panic.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::{Arc, OnceLock};
use std::thread;

/// Prints a text on stdout.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn print(text: &[u8]) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text).and_then(|()| stdout.flush()).map_err(|error| cannot_print(&error))
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
    answer.print().and_then(|()| io::stdout().flush()).map_err(|error| cannot_print(&error))
}

fn cannot_print(error: &io::Error) -> String {
    format!("cannot write to stdout: {error}")
}

/// Prints an error on stderr, if that can be written.
pub(crate) fn print_error(message: impl Display) {
    // One write: stderr has no buffer, and another process may write to it.
    let _ = io::stderr().write_all(format!("bantam: {message}\n").as_bytes());
}
