//! [`is_json`]: the grammar of JSON (RFC 8259), checked before a reader recurses over it.
//! Invariant: what is accepted is JSON of at most [`MAX_DEPTH`] arrays and objects inside each other.

/// The most arrays and objects inside each other: what the reader's recursion costs of the stack is bounded.
pub(super) const MAX_DEPTH: u32 = 16;

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// The first value of an array, or its end.
    FirstValue,
    Name,
    /// The first name of an object, or its end.
    FirstName,
    Colon,
    /// A comma, or the end of the array, the object or the text.
    End,
}

/// Returns true if the bytes are JSON in UTF-8, of a depth that is read.
pub(super) fn is_json(text: &[u8]) -> bool {
    if core::str::from_utf8(text).is_err() {
        return false;
    }
    // A bit for each level, the innermost last: 1 for an object. The outermost bit stands before them.
    let mut levels = 1_u32;
    let (mut next, mut rest) = (Next::Value, text);
    loop {
        while let [b' ' | b'\t' | b'\r' | b'\n', behind @ ..] = rest {
            rest = behind;
        }
        let here = rest;
        let Some((first, behind)) = here.split_first() else { return levels == 1 && next == Next::End };
        let is_object = levels & 1 == 1 && levels > 1;
        rest = behind;
        next = match (next, first) {
            (Next::Value | Next::FirstValue, b'[' | b'{') => {
                if levels >> MAX_DEPTH != 0 {
                    return false;
                }
                let is_object = *first == b'{';
                levels = levels << 1 | u32::from(is_object);
                if is_object { Next::FirstName } else { Next::FirstValue }
            }
            (Next::FirstValue | Next::End, b']') if levels > 1 && !is_object => {
                levels >>= 1;
                Next::End
            }
            (Next::FirstName | Next::End, b'}') if is_object => {
                levels >>= 1;
                Next::End
            }
            (Next::End, b',') if levels > 1 => {
                if is_object {
                    Next::Name
                } else {
                    Next::Value
                }
            }
            (Next::Colon, b':') => Next::Value,
            (Next::Name | Next::FirstName | Next::Value | Next::FirstValue, b'"') => {
                let Some(behind) = string(behind) else { return false };
                rest = behind;
                if matches!(next, Next::Name | Next::FirstName) { Next::Colon } else { Next::End }
            }
            (Next::Value | Next::FirstValue, b'-' | b'0'..=b'9') => {
                let Some(behind) = number(here.strip_prefix(b"-").unwrap_or(here)) else { return false };
                rest = behind;
                Next::End
            }
            (Next::Value | Next::FirstValue, b't' | b'f' | b'n') => {
                let words: [&[u8]; 3] = [b"true", b"false", b"null"];
                let Some(behind) = words.iter().find_map(|word| here.strip_prefix(*word)) else {
                    return false;
                };
                rest = behind;
                Next::End
            }
            _ => return false,
        };
    }
}

/// What is behind the rest of a string.
fn string(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', behind @ ..] => behind,
            [b'\\', b'u', a, b, c, d, behind @ ..]
                if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) =>
            {
                behind
            }
            [b' '..=b'[' | b']'..=b'\xff', behind @ ..] => behind,
            _ => return None,
        }
    }
}

/// What is behind a number without its sign.
fn number(digits: &[u8]) -> Option<&[u8]> {
    let mut rest = skip_digits(digits)?;
    if matches!(digits, [b'0', b'0'..=b'9', ..]) {
        return None;
    }
    if let [b'.', fraction @ ..] = rest {
        rest = skip_digits(fraction)?;
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let ([b'+' | b'-', exponent @ ..] | exponent) = exponent;
        rest = skip_digits(exponent)?;
    }
    Some(rest)
}

/// What is behind one digit or more.
fn skip_digits(mut rest: &[u8]) -> Option<&[u8]> {
    let all = rest.len();
    while let [b'0'..=b'9', behind @ ..] = rest {
        rest = behind;
    }
    (rest.len() < all).then_some(rest)
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn values_of_rfc_8259_are_json() {
        for text in [
            "0",
            "-0",
            " 10.5e+3\t",
            "1E9",
            "true",
            "false",
            "null",
            "\"\"",
            "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\u{e9}\"",
            "[]",
            "[ ]",
            "[1,\"a\",[]]",
            "{}",
            "{ \"a\" : { \"b\": [1 , null] }, \"c\":\"]}\" }\r\n",
        ] {
            assert!(is_json(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            " ",
            "00",
            "01",
            "-",
            "+1",
            ".5",
            "1.",
            "1e",
            "1e+",
            "tru",
            "truex",
            "True",
            "nulls",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "[",
            "]",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "}",
            "{]",
            "[}",
            "{1:2}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":1:2}",
            "1 2",
            "1,",
            "\"a\":1",
            "[1]]",
            "{}}",
            "\u{a0}1",
            "NaN",
            "'a'",
            "// a\n1",
            "\x0c1",
        ] {
            assert!(!is_json(text.as_bytes()), "{text:?}");
        }
        assert!(!is_json(b"\"\xff\""), "not UTF-8");
    }

    #[test]
    fn the_depth_is_bounded() {
        for (start, end) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let most = MAX_DEPTH as usize / start.matches(['[', '{']).count();
            let nested = |depth: usize| format!("{}1{}", start.repeat(depth), end.repeat(depth));
            assert!(is_json(nested(most).as_bytes()), "{start}");
            assert!(
                !is_json(nested(most + 1).as_bytes()) && !is_json(start.repeat(10_000).as_bytes()),
                "{start}"
            );
        }
    }
}
