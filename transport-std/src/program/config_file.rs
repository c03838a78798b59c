//! The TOML file of --config: its keys are the names of flags, and its types those of their values.

use std::any::TypeId;
use std::ffi::OsString;
use std::fs;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::time::Duration;

use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::header_tables;
use crate::headers::HeaderRule;
use crate::setting::{Setting, is_list, is_switch, settings};
use crate::values::Size;

/// The contents of a file.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    pub(crate) settings: Vec<Setting>,
    /// Those of its tables `[[headers]]`.
    pub(crate) rules: Vec<HeaderRule>,
}

/// Reads the settings of a file.
///
/// # Errors
/// A sentence for the user that names the file, and the line and the key where there is one.
pub(crate) fn read(path: &Path, command: &Command) -> Result<ConfigFile, String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let source = |at: usize| {
        let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        format!("{name}: line {line}")
    };
    let table = DeTable::parse(&text).map_err(|error| {
        let place = error.span().map_or_else(|| name.to_string(), |span| source(span.start));
        format!("{place}: {}", error.message())
    })?;
    let mut file = ConfigFile::default();
    for (key, value) in table.get_ref() {
        let (key, at) = (AsRef::<str>::as_ref(key.get_ref()), key.span().start);
        if key == "headers" {
            file.rules = header_tables::read(value).map_err(|error| {
                let place = error.at.unwrap_or(at);
                format!("{}: {}", source(place), error.message)
            })?;
            continue;
        }
        let source = source(at);
        let Some(arg) = settings(command).find(|arg| arg.get_long() == Some(key)) else {
            return Err(format!("{source}: there is no setting \"{key}\"; see bantam --help"));
        };
        let flags = flags(arg, key, value.get_ref());
        let flags = flags.ok_or_else(|| format!("{source}: \"{key}\" has to be {}", expected(arg)))?;
        file.settings.push(Setting { id: arg.get_id().clone(), source, flags });
    }
    Ok(file)
}

/// What a key of the file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Switch,
    Integer,
    Time,
    Size,
    Text,
}

/// Derives the kind from the type of the flag's value.
fn kind(arg: &Arg) -> Kind {
    let type_id = arg.get_value_parser().type_id();
    let is = |types: &[TypeId]| types.iter().any(|other| type_id == *other);
    if is_switch(arg) {
        Kind::Switch
    } else if is(&[TypeId::of::<Duration>()]) {
        Kind::Time
    } else if is(&[TypeId::of::<Size>()]) {
        Kind::Size
    } else if is(&[TypeId::of::<usize>(), TypeId::of::<u64>(), TypeId::of::<u32>(), TypeId::of::<u16>()])
        || is(&[TypeId::of::<NonZeroUsize>(), TypeId::of::<NonZeroU64>(), TypeId::of::<NonZeroU32>()])
    {
        Kind::Integer
    } else {
        Kind::Text
    }
}

/// The end of a sentence about a value of another type.
fn expected(arg: &Arg) -> String {
    let one = match kind(arg) {
        Kind::Switch => "true or false",
        Kind::Integer => "a whole number",
        Kind::Time => "a number of seconds",
        Kind::Size => "a number of bytes, or text such as \"64k\"",
        Kind::Text => "text in quotes",
    };
    if is_list(arg) { format!("{one}, or an array of it") } else { one.into() }
}

/// The flags that set what the file sets; `None` for a value of another type. A switch that is off has no flag.
fn flags(arg: &Arg, key: &str, value: &DeValue<'_>) -> Option<Vec<OsString>> {
    let text = match (kind(arg), value) {
        (_, DeValue::Array(values)) if is_list(arg) => {
            let mut all = Vec::new();
            for value in values.iter().map(Spanned::get_ref) {
                all.extend(if value.is_array() { None } else { flags(arg, key, value) }?);
            }
            return Some(all);
        }
        (Kind::Switch, DeValue::Boolean(false)) => return Some(Vec::new()),
        (Kind::Switch, DeValue::Boolean(true)) => return Some(vec![format!("--{key}").into()]),
        (Kind::Integer | Kind::Time | Kind::Size, DeValue::Integer(number)) => match number.radix() {
            10 => number.as_str().to_owned(),
            radix => u64::from_str_radix(number.as_str(), radix).ok()?.to_string(),
        },
        (Kind::Time, DeValue::Float(number)) => number.as_str().to_owned(),
        (Kind::Text | Kind::Size, DeValue::String(text)) => text.to_string(),
        _ => return None,
    };
    Some(vec![format!("--{key}={text}").into()])
}
