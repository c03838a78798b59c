//! The parameters of a field value, `; name=value`, and the fields of a head, where two readers find the same ones.

use crate::slice::{same_text, split_at, split_once, trim};
use crate::wire::class::TOKEN;
use crate::wire::scan::take_while;

/// A name, in small letters, and the value that has been found for it.
pub(crate) type Wanted<'a> = (&'static [u8], Option<&'a [u8]>);

/// Finds the wanted parameters in a value that begins with `kind`, in any case; each value is without quotes. `None` if the kind is
/// another, if a parameter is not valid, or if a wanted one is repeated.
///
/// A value is a token or a quoted string. In the latter a backslash stands for itself, as browsers send it: before a quote it is
/// refused, because readers that take it for an escape find another end of the string. A semicolon at the end is taken.
pub(crate) fn parameters<'a>(value: &'a [u8], kind: &[u8], wanted: &mut [Wanted<'a>]) -> Option<()> {
    let (front, mut rest) = split_at(value, kind.len());
    if !same_text(front, kind) {
        return None;
    }
    loop {
        let parameter = match trim(rest) {
            [] | [b';'] => return Some(()),
            [b';', parameter @ ..] => trim(parameter),
            _ => return None,
        };
        let (name, behind) = take_while(parameter, TOKEN);
        let is_refused;
        let value;
        match behind {
            [b'=', b'"', quoted @ ..] => {
                let (string, behind) = split_once(quoted, b'"');
                (value, is_refused, rest) = (string, string.last() == Some(&b'\\'), behind?);
            }
            [b'=', token @ ..] => {
                let (token, behind) = take_while(token, TOKEN);
                (value, is_refused, rest) = (token, token.is_empty(), behind);
            }
            _ => return None,
        }
        if name.is_empty() || is_refused {
            return None;
        }
        keep(name, value, wanted)?;
    }
}

/// Finds the wanted fields in valid lines. `None` if one of them is repeated. `Headers` scans many lines faster, by more code.
pub(crate) fn fields<'a>(mut lines: &'a [u8], wanted: &mut [Wanted<'a>]) -> Option<()> {
    // A valid line has one CR.
    while let (line, Some([b'\n', rest @ ..])) = split_once(lines, b'\r') {
        let (name, value) = split_once(line, b':');
        keep(name, trim(value.unwrap_or(&[])), wanted)?;
        lines = rest;
    }
    Some(())
}

/// Keeps a value if its name is wanted. `None` if there is one.
fn keep<'a>(name: &[u8], value: &'a [u8], wanted: &mut [Wanted<'a>]) -> Option<()> {
    for (wanted, found) in wanted {
        if same_text(name, wanted) && found.replace(value).is_some() {
            return None;
        }
    }
    Some(())
}
