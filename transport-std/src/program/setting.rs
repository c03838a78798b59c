//! `Setting`: what a variable or the file sets, and what clap's definition of a flag says about it.

use std::ffi::{OsStr, OsString};

use clap::builder::{BoolishValueParser, TypedValueParser as _};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory as _, Id};

use crate::args::Args;

/// The prefix of environment variables: `--timeout-idle` is `BANTAM_TIMEOUT_IDLE`.
pub(crate) const PREFIX: &str = "BANTAM_";
/// Flags that neither a variable nor the file can set.
const NOT_SETTINGS: [&str; 7] =
    ["config", "check-config", "man", "completions", "hash-password", "help", "version"];

/// What a variable or the file sets.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) id: Id,
    /// Where it is set, for a sentence to the user.
    pub(crate) source: String,
    /// The same as flags; none for a switch that is off and a list that is empty.
    pub(crate) flags: Vec<OsString>,
}

/// The flags that a variable or the file can set.
pub(crate) fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| arg.get_long().is_some_and(|name| !NOT_SETTINGS.contains(&name)))
}

/// Returns true for a flag that is on or off.
pub(crate) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// Returns true for a flag that may be repeated.
pub(crate) fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// The environment variable of a flag.
pub(crate) fn variable_name(arg: &Arg) -> String {
    format!("{PREFIX}{}", arg.get_long().unwrap_or_default().replace('-', "_").to_uppercase())
}

/// Parses the value of a switch: 1, true, yes or on, or their opposites.
pub(crate) fn switch(command: &Command, arg: &Arg, value: &OsStr) -> Result<bool, clap::Error> {
    BoolishValueParser::new().parse_ref(command, Some(arg), value)
}

/// The error of a flag as that of its source, in one line.
pub(crate) fn in_source(source: &str, error: &clap::Error) -> clap::Error {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let sentence = lines.collect::<Vec<_>>().join(" ");
    invalid(&format!("{source}: {}", sentence.strip_prefix("error: ").unwrap_or(&sentence)))
}

/// An error about a value, with exit code 2.
pub(crate) fn invalid(message: &str) -> clap::Error {
    Args::command().error(ErrorKind::InvalidValue, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_name_that_is_not_a_setting_is_a_flag() {
        let mut command = Args::command();
        command.build();
        for name in NOT_SETTINGS {
            assert!(command.get_arguments().any(|arg| arg.get_long() == Some(name)), "{name}");
        }
    }
}
