//! Law: the manual page and the shell completions are made from the flags themselves, and so are never out of date.

use std::io::{self, Write as _};

use clap_complete::Shell;
use clap_mangen::Man;

use crate::config_file::command;

/// The manual page, roff.
pub(crate) fn man() -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(command()).render(&mut page)?;
    io::stdout().write_all(&page)
}

/// What a shell completes the command line with.
pub(crate) fn completions(shell: Shell) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "bantam", &mut script);
    io::stdout().write_all(&script)
}
