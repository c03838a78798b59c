//! Law: a setting has one name, that of its flag; the command line has it from the environment, that from the file, and that
//! from the default.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use toml::{Table, Value};

use crate::args::Args;

/// What each environment variable begins with; `--timeout-idle` is `BANTAM_TIMEOUT_IDLE`.
const PREFIX: &str = "BANTAM_";
/// Flags that are no settings.
const ASIDE: [&str; 7] = ["config", "check-config", "man", "completions", "hash-password", "help", "version"];

/// The command line, with the environment variables that stand for flags.
pub(crate) fn command() -> Command {
    Args::command().mut_args(|arg| match arg.get_long() {
        Some(long) if !ASIDE.contains(&long) => {
            let name = format!("{PREFIX}{}", long.replace('-', "_").to_uppercase());
            arg.env(name).hide_env(true)
        }
        _ => arg,
    })
}

/// Reads the settings from everywhere.
///
/// # Errors
/// One that tells the user what is wrong, and where; also for `--help` and `--version`.
pub(crate) fn read(said: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
    let said: Vec<OsString> = said.into_iter().collect();
    let matches = command().try_get_matches_from(&said)?;
    let Some(path) = matches.get_one::<PathBuf>("config") else { return Args::from_arg_matches(&matches) };
    let flags = flags(path, &matches)?;
    let (program, rest) = said.split_first().map_or((&[][..], &[][..]), |_| said.split_at(1));
    let all = program.iter().cloned().chain(flags).chain(rest.iter().cloned());
    let matches = command().try_get_matches_from(all).map_err(|error| {
        // The command line alone was sound.
        let said = error.to_string();
        let line = said.lines().next().unwrap_or_default();
        wrong(path, line.strip_prefix("error: ").unwrap_or(line))
    })?;
    Args::from_arg_matches(&matches)
}

/// What the file says, as flags; without what was said elsewhere.
fn flags(path: &Path, said: &ArgMatches) -> Result<Vec<OsString>, clap::Error> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, &error.to_string()))?;
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| wrong(path, error.to_string().trim()))?;
    let mut flags = Vec::new();
    let command = command();
    for (name, value) in &table {
        let arg = command.get_arguments().find(|arg| arg.get_long() == Some(name));
        let Some(arg) = arg.filter(|_| !ASIDE.contains(&name.as_str())) else {
            return Err(wrong(path, &format!("there is no setting \"{name}\"; see bantam --help")));
        };
        let source = said.value_source(arg.get_id().as_str());
        if !matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
            let words = words(name, value);
            flags.extend(
                words.ok_or_else(|| wrong(path, &format!("\"{name}\" cannot be a table or a date")))?,
            );
        }
    }
    Ok(flags)
}

/// `None` for what no flag can say.
fn words(name: &str, value: &Value) -> Option<Vec<OsString>> {
    let text = match value {
        Value::Boolean(false) => return Some(Vec::new()),
        Value::Boolean(true) => return Some(vec![format!("--{name}").into()]),
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Array(values) => {
            return values
                .iter()
                .map(|value| words(name, value))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.concat());
        }
        Value::Table(_) | Value::Datetime(_) => return None,
    };
    Some(vec![format!("--{name}={text}").into()])
}

fn wrong(path: &Path, what: &str) -> clap::Error {
    command().error(ErrorKind::InvalidValue, format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn what_is_no_setting_is_a_flag() {
        for name in ASIDE.into_iter().filter(|name| !matches!(*name, "help" | "version")) {
            assert!(command().get_arguments().any(|arg| arg.get_long() == Some(name)), "{name}");
        }
    }
}
