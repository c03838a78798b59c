//! The character encoding of a text, as far as its first bytes show it (the HTML standard, "determining the character
//! encoding"; CSS Syntax section 3.2; XML 1.0 section 4.3.3).
//!
//! Invariant: what is said to be UTF-8 neither states another encoding nor has bytes that are not UTF-8 at its start.

/// How much of a page is searched for `<meta charset>`: the HTML standard asks authors to have it in here.
const META_WITHIN: usize = 1024;
/// The labels of UTF-8 in the Encoding standard.
const UTF8_LABELS: [&str; 6] =
    ["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"];

/// Returns true if a text of this media type that begins with `head`, or is `head` where `whole` is true, may be said to be
/// UTF-8.
pub(crate) fn is_utf8(media_type: &str, head: &[u8], whole: bool) -> bool {
    if head.starts_with(b"\xef\xbb\xbf") {
        return true;
    }
    let stated = match media_type {
        "text/html" => meta_charset(head).or_else(|| xml_encoding(head)),
        "text/css" => css_charset(head),
        _ => xml_encoding(head),
    };
    // UTF-16 without a mark has zero bytes; ISO-2022 switches with an escape. Both are valid UTF-8 otherwise.
    let has_escape = head.windows(2).any(|pair| matches!(pair, [0x1b, b'$' | b'(']));
    stated.is_none_or(is_label_of_utf8) && !head.contains(&0) && !has_escape && is_valid(head, whole)
}

/// Returns true if the bytes are UTF-8; the last character may be cut off unless they are the whole text.
fn is_valid(head: &[u8], whole: bool) -> bool {
    std::str::from_utf8(head).map_or_else(|error| !whole && error.error_len().is_none(), |_| true)
}

fn is_label_of_utf8(label: &[u8]) -> bool {
    UTF8_LABELS.iter().any(|known| label.trim_ascii().eq_ignore_ascii_case(known.as_bytes()))
}

/// The value of `charset` in the first `<meta>` that has one, also inside `content="text/html; charset=..."`.
fn meta_charset(head: &[u8]) -> Option<&[u8]> {
    let mut rest = head.get(..META_WITHIN).unwrap_or(head);
    while let Some(at) = find(rest, b"<meta") {
        let tag = rest.get(at + 5..)?;
        rest = tag.iter().position(|byte| *byte == b'>').and_then(|end| tag.get(end..)).unwrap_or(&[]);
        let tag = tag.get(..tag.len() - rest.len())?;
        let value = find(tag, b"charset").and_then(|at| tag.get(at + 7..)).map(<[u8]>::trim_ascii_start);
        if let Some([b'=', value @ ..]) = value {
            let value = value.trim_ascii_start();
            let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
            return value
                .split(|byte| matches!(byte, b'"' | b'\'' | b';' | b' ' | b'/' | b'\t' | b'\n'))
                .next();
        }
    }
    None
}

/// The name in `@charset "...";`, which counts at the very start alone.
fn css_charset(head: &[u8]) -> Option<&[u8]> {
    head.strip_prefix(b"@charset \"")?.split(|byte| *byte == b'"').next()
}

/// The value of `encoding` in an XML declaration.
fn xml_encoding(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = declaration.split(|byte| *byte == b'>').next()?;
    let value = declaration.get(find(declaration, b"encoding")? + 8..)?.trim_ascii_start();
    let quoted = value.strip_prefix(b"=")?.trim_ascii_start().get(1..)?;
    quoted.split(|byte| matches!(byte, b'"' | b'\'')).next()
}

/// The position of an ASCII word in lower or upper case.
fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_utf_8_unless_its_head_says_otherwise() {
        for (media_type, head) in [
            ("text/plain", &b""[..]),
            ("text/plain", "é".as_bytes()),
            ("text/plain", b"cut off \xc3"),
            ("text/plain", b"\xef\xbb\xbfwith a mark"),
            ("text/plain", b"<meta charset=latin1> in a text is no statement"),
            ("text/plain", b"colours of a terminal: \x1b[31m"),
            ("text/html", b"<!doctype html><meta charset=utf-8>"),
            ("text/html", b"<META CharSet = 'UTF8' >"),
            ("text/html", b"<meta name=viewport content=x><meta charset=\"utf-8\">"),
            ("text/html", b"<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">"),
            ("text/html", b"<?xml version=\"1.0\" encoding=\"utf-8\"?><html>"),
            ("text/html", b"<meta"),
            ("text/css", b"@charset \"utf-8\"; a {}"),
            ("text/css", b"a {} @charset \"latin1\";"),
        ] {
            assert!(is_utf8(media_type, head, false), "{media_type}: {}", head.escape_ascii());
        }
        assert!(!is_utf8("text/plain", b"cut off \xc3", true));
        let late = [&[b' '; META_WITHIN][..], b"<meta charset=latin1>"].concat();
        assert!(is_utf8("text/html", &late, false));
    }

    #[test]
    fn another_encoding_is_not_said_to_be_utf_8() {
        for (media_type, head) in [
            ("text/plain", &b"caf\xe9 in Latin-1"[..]),
            ("text/plain", b"\xff\xfea\0"),
            ("text/plain", b"\xfe\xff\0a"),
            ("text/plain", b"a\0b\0"),
            ("text/plain", b"\x1b$B in ISO-2022-JP"),
            ("text/plain", b"\x93\xfa\x96\x7b in Shift_JIS"),
            ("text/x-opml", b"<?xml version='1.0' encoding='ISO-8859-1'?>"),
            ("text/html", b"<!doctype html><meta charset=\"windows-1252\">"),
            ("text/html", b"<meta charset=iso-8859-1/>"),
            ("text/html", b"<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'>"),
            ("text/html", b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><html>"),
            ("text/css", b"@charset \"iso-8859-15\"; a {}"),
        ] {
            assert!(!is_utf8(media_type, head, false), "{media_type}: {}", head.escape_ascii());
        }
    }
}
