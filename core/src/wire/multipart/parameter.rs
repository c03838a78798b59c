//! The parameters of a field value, `; name=value`, where two readers find the same ones.

use crate::slice::{split_at, split_once, trim};
use crate::wire::class::TOKEN;
use crate::wire::scan::take_while;

/// A parameter; its value is without quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter<'a> {
    name: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl Parameter<'_> {
    /// Returns true if it has this name, in any case.
    pub(crate) fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// What follows `kind`, in any case, at the front of `value`: its parameters, or something else.
pub(crate) fn parameters<'a>(value: &'a [u8], kind: &[u8]) -> Option<&'a [u8]> {
    let (found, rest) = split_at(value, kind.len());
    found.eq_ignore_ascii_case(kind).then_some(rest)
}

/// Takes the first parameter of `rest`. Returns `Some(None)` at the end; `None` if it is not valid. A semicolon at the end is taken.
///
/// A value is a token or a quoted string. In the latter a backslash stands for itself, as browsers send it: before a quote it is
/// refused, because readers that take it for an escape find another end of the string.
pub(crate) fn next_parameter<'a>(rest: &mut &'a [u8]) -> Option<Option<Parameter<'a>>> {
    let parameter = match trim(rest) {
        [] | [b';'] => return Some(None),
        [b';', parameter @ ..] => trim(parameter),
        _ => return None,
    };
    let (name, behind) = take_while(parameter, TOKEN);
    let (value, behind) = match behind {
        [b'=', b'"', quoted @ ..] => {
            let (value, behind) = split_once(quoted, b'"');
            (Some(value).filter(|value| value.last() != Some(&b'\\'))?, behind?)
        }
        [b'=', value @ ..] => {
            let (value, behind) = take_while(value, TOKEN);
            (Some(value).filter(|value| !value.is_empty())?, behind)
        }
        _ => return None,
    };
    *rest = behind;
    Some(Some(Parameter { name: Some(name).filter(|name| !name.is_empty())?, value }))
}
