//! The tables `[[headers]]` of the file of --config: response fields by path.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::headers::{HeaderField, HeaderRule};
use crate::path_glob::PathGlob;

/// An error in a table, and its place in the file, if it has one.
#[derive(Debug)]
pub(crate) struct TableError {
    pub(crate) at: Option<usize>,
    pub(crate) message: String,
}

/// Reads the value of the key `headers`.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn read(value: &Spanned<DeValue<'_>>) -> Result<Vec<HeaderRule>, TableError> {
    let DeValue::Array(tables) = value.get_ref() else {
        return Err(no_place("\"headers\" has to be tables, each below a line [[headers]]"));
    };
    tables.iter().map(read_table).collect()
}

fn read_table(table: &Spanned<DeValue<'_>>) -> Result<HeaderRule, TableError> {
    let DeValue::Table(entries) = table.get_ref() else {
        return Err(at(table, "\"headers\" has to be tables, each below a line [[headers]]"));
    };
    let (mut path, mut fields) = (None, Vec::new());
    for (key, value) in entries {
        match (AsRef::<str>::as_ref(key.get_ref()), value.get_ref()) {
            ("for", DeValue::String(pattern)) => {
                path =
                    Some(PathGlob::parse(pattern).map_err(|message| at(key, format!("\"for\": {message}")))?);
            }
            ("for", _) => return Err(at(key, "\"for\" has to be text in quotes, such as \"/assets/**\"")),
            ("fields", DeValue::Table(entries)) => read_fields(entries, &mut fields)?,
            ("fields", _) => return Err(at(key, "\"fields\" has to be a table of names and values")),
            (other, _) => {
                return Err(at(
                    key,
                    format!("[[headers]] has the keys \"for\" and \"fields\", and no \"{other}\""),
                ));
            }
        }
    }
    match path {
        None => Err(at(table, "[[headers]] lacks the key \"for\", such as for = \"/assets/**\"")),
        Some(_) if fields.is_empty() => {
            Err(at(table, "[[headers]] lacks the key \"fields\", or it is empty"))
        }
        Some(path) => Ok(HeaderRule { path, fields }),
    }
}

fn read_fields(entries: &DeTable<'_>, fields: &mut Vec<HeaderField>) -> Result<(), TableError> {
    for (key, value) in entries {
        let name = AsRef::<str>::as_ref(key.get_ref());
        let values = match value.get_ref() {
            DeValue::Array(values) => values.iter().map(Spanned::get_ref).collect(),
            value => vec![value],
        };
        for value in values {
            let DeValue::String(value) = value else {
                return Err(at(key, format!("\"{name}\" has to be text in quotes, or an array of it")));
            };
            fields.push(HeaderField::new(name, value).map_err(|message| at(key, message))?);
        }
    }
    Ok(())
}

fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> TableError {
    TableError { at: Some(place.span().start), message: message.into() }
}

fn no_place(message: &str) -> TableError {
    TableError { at: None, message: message.into() }
}
