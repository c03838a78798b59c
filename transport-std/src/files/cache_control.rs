//! Validation of a `Cache-Control` value (RFC 9111 section 5.2).

use bantam::wire::{members, token};

/// Returns true if the value is one of `Cache-Control`: a list of at least one directive (RFC 9111 section 5.2).
#[must_use]
pub fn is_cache_control(value: &str) -> bool {
    let mut directives = members(value.as_bytes()).peekable();
    directives.peek().is_some() && directives.all(is_directive)
}

/// `token [ "=" ( token / quoted-string ) ]`
fn is_directive(directive: &[u8]) -> bool {
    match token(directive) {
        Ok(([], _)) => true,
        Ok(([b'=', b'"', inside @ .., b'"'], _)) => {
            inside.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
        }
        Ok(([b'=', argument @ ..], _)) => matches!(token(argument), Ok(([], _))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_list_of_directives() {
        for value in [
            "no-cache",
            "public, max-age=3600",
            "private=\"set-cookie, x\", no-store",
            "max-age=60,immutable",
        ] {
            assert!(is_cache_control(value), "{value}");
        }
        for value in ["", " ", "max-age: 60", "max-age=60; public", "a b", "a=", "a\r\nX: y", "a=\"b", "é"] {
            assert!(!is_cache_control(value), "{value}");
        }
    }
}
