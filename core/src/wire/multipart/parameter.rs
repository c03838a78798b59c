//! The parameters of a field value, `; name=value`, and the fields of a head, where two readers find the same ones.

use crate::slice::{same_text, split_at, split_once, trim};
use crate::wire::class::TOKEN;
use crate::wire::scan::take_while;

/// The values that have been found for the names of a list, in its order. A list is one text, each name behind
/// its length: less than slices of slices.
pub(crate) type Found<'a> = [Option<&'a [u8]>; 4];

/// Finds parameters in a value that begins with the first name of the list, in any case: those of its other names, without quotes. `None` if
/// the value begins with another, if a parameter is not valid, or if a wanted one is repeated.
///
/// A value is a token or a quoted string. In the latter a backslash stands for itself, as browsers send it: before a quote it is
/// refused, because readers that take it for an escape find another end of the string. A semicolon at the end is taken.
pub(crate) fn parameters<'a>(value: &'a [u8], list: &[u8], found: &mut Found<'a>) -> Option<()> {
    let [length, names @ ..] = list else { return None };
    let (kind, names) = split_at(names, usize::from(*length));
    let (front, mut rest) = split_at(value, kind.len());
    if !same_text(front, kind) {
        return None;
    }
    loop {
        let parameter = match trim(rest) {
            [] => return Some(()),
            [b';', parameter @ ..] => trim(parameter),
            _ => return None,
        };
        if parameter.is_empty() {
            return Some(());
        }
        let (name, behind) = take_while(parameter, TOKEN);
        let [b'=', behind @ ..] = behind else { return None };
        let is_refused;
        let value;
        if let [b'"', quoted @ ..] = behind {
            let (string, behind) = split_once(quoted, b'"');
            (value, is_refused, rest) = (string, matches!(string, [.., b'\\']), behind?);
        } else {
            let (token, behind) = take_while(behind, TOKEN);
            (value, is_refused, rest) = (token, token.is_empty(), behind);
        }
        if name.is_empty() || is_refused {
            return None;
        }
        keep(name, value, names, found)?;
    }
}

/// Finds the fields of a list in valid lines. `None` if one of them is repeated. `Headers` scans many lines faster, by more code.
pub(crate) fn fields<'a>(mut lines: &'a [u8], list: &[u8], found: &mut Found<'a>) -> Option<()> {
    // A valid line has one CR.
    while let (line, Some([b'\n', rest @ ..])) = split_once(lines, b'\r') {
        let (name, value) = split_once(line, b':');
        keep(name, trim(value.unwrap_or(&[])), list, found)?;
        lines = rest;
    }
    Some(())
}

/// Keeps a value if its name is in the list. `None` if it has one.
fn keep<'a>(name: &[u8], value: &'a [u8], list: &[u8], found: &mut Found<'a>) -> Option<()> {
    let is_repeated = found.get_mut(index(list, name)).is_some_and(|place| place.replace(value).is_some());
    (!is_repeated).then_some(())
}

/// The place of a name in a list, in any case; `usize::MAX` if the list has others only.
pub(crate) fn index(list: &[u8], name: &[u8]) -> usize {
    let (mut at, mut rest) = (0, list);
    while let [length, names @ ..] = rest {
        let (one, behind) = split_at(names, usize::from(*length));
        if same_text(one, name) {
            return at;
        }
        (at, rest) = (at + 1, behind);
    }
    usize::MAX
}
