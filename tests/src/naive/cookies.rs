//! The cookies of a request, as a naive reader finds them.

use super::{is_value, with_fields};

/// The pairs of a value of `Cookie`.
fn pairs(value: &[u8]) -> Vec<(String, String)> {
    let pair = |part: &[u8]| {
        let (name, value) = std::str::from_utf8(part).ok()?.split_once('=')?;
        let blank = [' ', '\t'];
        let (name, value) = (name.trim_matches(blank), value.trim_matches(blank));
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        (!name.is_empty()).then(|| (name.to_owned(), unquoted.unwrap_or(value).to_owned()))
    };
    value.split(|byte| *byte == b';').filter_map(pair).collect()
}

/// Checks that the core finds the same cookies in these lines.
///
/// # Panics
/// If it does not.
pub fn check(lines: &[u8]) {
    let values: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    if !values.iter().all(|value| is_value(value)) {
        return;
    }
    let expected: Vec<_> = values.iter().flat_map(|value| pairs(value)).collect();
    with_fields("Cookie", &values, |headers| {
        let found = headers.cookies().map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{}", lines.escape_ascii());
        for (name, _) in &expected {
            let first = expected.iter().find(|(other, _)| other == name).map(|(_, value)| &value[..]);
            assert_eq!(headers.cookie(name), first, "{}", lines.escape_ascii());
        }
        assert_eq!(headers.cookie("="), None);
    });
}
