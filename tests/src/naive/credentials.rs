//! The field `Authorization`, as a naive reader takes it apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{is_value, with_fields};

/// What is behind the name of a scheme.
fn rest<'f>(field: &'f [u8], scheme: &str) -> Option<&'f [u8]> {
    let end = field.iter().position(|byte| *byte == b' ')?;
    let is_scheme = field[..end].eq_ignore_ascii_case(scheme.as_bytes());
    let start = field[end..].iter().position(|byte| *byte != b' ')?;
    is_scheme.then(|| &field[end + start..])
}

/// The name and the password.
fn basic(field: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let decoded = STANDARD.decode(rest(field, "Basic")?).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let is_right = !decoded.iter().any(u8::is_ascii_control);
    is_right.then(|| (decoded[..colon].to_vec(), decoded[colon + 1..].to_vec()))
}

fn bearer(field: &[u8]) -> Option<&str> {
    let token = std::str::from_utf8(rest(field, "Bearer")?).ok()?;
    let body = token.trim_end_matches('=');
    let is_right = |letter: char| letter.is_ascii_alphanumeric() || "-._~+/".contains(letter);
    (!body.is_empty() && body.chars().all(is_right)).then_some(token)
}

/// Checks that the core finds the same credentials in this field.
///
/// # Panics
/// If it does not.
pub fn check(field: &[u8]) {
    let trimmed = field.trim_ascii();
    if !is_value(field) {
        return;
    }
    with_fields("Authorization", &[field], |headers| {
        let (found, expected) = (headers.basic_auth(), basic(trimmed));
        assert_eq!(found.is_some(), expected.is_some(), "{}", field.escape_ascii());
        if let (Some(found), Some((name, password))) = (found, expected) {
            let whole = [&name[..], b":", &password].concat();
            assert!(found.bytes().eq(whole.iter().copied()));
            let (mut memory, mut small) = (vec![0; whole.len()], vec![0; whole.len() - 1]);
            assert_eq!(found.decode(&mut small), None);
            let texts = (std::str::from_utf8(&name), std::str::from_utf8(&password));
            let (Ok(name), Ok(password)) = texts else {
                assert_eq!(found.decode(&mut memory), None);
                return;
            };
            assert_eq!(found.decode(&mut memory), Some((name, password)));
            assert!(found.matches(name, password));
            assert!(
                !found.matches(name, &format!("{password}x"))
                    && !found.matches(&format!("{name}x"), password)
            );
            assert!(!found.matches(&format!("{name}:"), password));
            assert!(name.is_empty() || !found.matches("", &format!("{name}:{password}")));
        }
        let (found, expected) = (headers.bearer(), bearer(trimmed));
        assert_eq!(found.map(|token| token.as_str()), expected, "{}", field.escape_ascii());
        if let (Some(found), Some(expected)) = (found, expected) {
            assert!(
                found.matches(expected)
                    && !found.matches(&expected[1..])
                    && !found.matches(&format!("{expected}="))
            );
        }
    });
}
