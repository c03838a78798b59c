//! Settings from flags, environment variables and a TOML file, under the names of the flags.
//!
//! Invariant: a flag overrides a variable, a variable overrides the file, and the file overrides the default.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use toml::{Table, Value};

use crate::args::Args;

/// The prefix of environment variables: `--timeout-idle` is `BANTAM_TIMEOUT_IDLE`.
const PREFIX: &str = "BANTAM_";
/// Flags that neither a variable nor the file can set.
const NOT_SETTINGS: [&str; 7] =
    ["config", "check-config", "man", "completions", "hash-password", "help", "version"];

/// The command line, with the environment variable of each flag.
pub(crate) fn command() -> Command {
    Args::command().mut_args(|arg| match arg.get_long() {
        Some(long) if !NOT_SETTINGS.contains(&long) => {
            let name = format!("{PREFIX}{}", long.replace('-', "_").to_uppercase());
            arg.env(name).hide_env(true)
        }
        _ => arg,
    })
}

/// Reads the settings.
///
/// # Errors
/// The sentence for the user, with the name of the file; also for `--help` and `--version`.
pub(crate) fn read(argv: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let matches = command().try_get_matches_from(&argv)?;
    let Some(path) = matches.get_one::<PathBuf>("config") else { return Args::from_arg_matches(&matches) };
    let flags = file_flags(path, &matches)?;
    let (program, rest) = argv.split_at(argv.len().min(1));
    let all = program.iter().cloned().chain(flags).chain(rest.iter().cloned());
    let matches = command().try_get_matches_from(all).map_err(|error| {
        // The command line was valid without the file.
        let message = error.to_string();
        let line = message.lines().next().unwrap_or_default();
        config_error(path, line.strip_prefix("error: ").unwrap_or(line))
    })?;
    Args::from_arg_matches(&matches)
}

/// The settings of the file as flags, without those that a flag or a variable sets.
fn file_flags(path: &Path, matches: &ArgMatches) -> Result<Vec<OsString>, clap::Error> {
    let text = fs::read_to_string(path).map_err(|error| config_error(path, &error.to_string()))?;
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| config_error(path, error.to_string().trim()))?;
    let mut flags = Vec::new();
    let command = command();
    for (name, value) in &table {
        let arg = command.get_arguments().find(|arg| arg.get_long() == Some(name));
        let Some(arg) = arg.filter(|_| !NOT_SETTINGS.contains(&name.as_str())) else {
            return Err(config_error(path, &format!("there is no setting \"{name}\"; see bantam --help")));
        };
        let source = matches.value_source(arg.get_id().as_str());
        if !matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
            let Some(values) = to_flags(name, value) else {
                return Err(config_error(path, &format!("\"{name}\" cannot be a table or a date")));
            };
            flags.extend(values);
        }
    }
    Ok(flags)
}

/// Returns `None` for a value that no flag takes.
fn to_flags(name: &str, value: &Value) -> Option<Vec<OsString>> {
    let text = match value {
        Value::Boolean(false) => return Some(Vec::new()),
        Value::Boolean(true) => return Some(vec![format!("--{name}").into()]),
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Array(values) => {
            let flags = values.iter().map(|value| to_flags(name, value));
            return Some(flags.collect::<Option<Vec<_>>>()?.concat());
        }
        Value::Table(_) | Value::Datetime(_) => return None,
    };
    Some(vec![format!("--{name}={text}").into()])
}

fn config_error(path: &Path, message: &str) -> clap::Error {
    command().error(ErrorKind::InvalidValue, format!("{}: {message}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_name_that_is_not_a_setting_is_a_flag() {
        for name in NOT_SETTINGS.into_iter().filter(|name| !matches!(*name, "help" | "version")) {
            assert!(command().get_arguments().any(|arg| arg.get_long() == Some(name)), "{name}");
        }
    }
}
