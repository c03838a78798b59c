//! What the program prints on stdout and stderr.
//!
//! Invariant: a text is written whole, and one that cannot be written is an error or dropped, never a panic.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Prints a text on stdout.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn print(text: &[u8]) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text).and_then(|()| stdout.flush()).map_err(|error| cannot_print(&error))
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
