//! The manual page and the completion scripts, generated from the flags.

use std::io::{self, Write as _};

use clap_complete::Shell;
use clap_mangen::Man;

use crate::config_file::command;

/// Prints the manual page (roff).
pub(crate) fn man() -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(command()).render(&mut page)?;
    io::stdout().write_all(&page)
}

/// Prints the completion script of a shell.
pub(crate) fn completions(shell: Shell) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "bantam", &mut script);
    io::stdout().write_all(&script)
}
