//! HTML escaping of text, through `Display` or piece by piece.
//! Invariant: the output has no `<`, `>`, `"`, `'` or NUL, and every `&` begins a character reference.

use core::fmt::{self, Write as _};

use crate::utf8_lossy::{REPLACEMENT, Utf8Lossy};
use crate::wire::{FormText, PercentDecode, PercentEncoded};

/// Escapes `text` for HTML, for the text of an element and for a quoted attribute: `&`, `<`, `>`, `"` and `'` become references,
/// and NUL, which HTML cannot have, U+FFFD. Anything that has `Display` can be escaped; no memory is needed. Not for the inside of
/// `<script>`, `<style>`, a URL or an attribute without quotes.
///
/// ```
/// use bantam::{escape, wire::Query};
///
/// let query = Query::new("name=%3CAda%3E&title=a+%26+b");
/// let page = format!("<h1>{}</h1>", escape(query.first("name").unwrap()));
/// assert_eq!(page, "<h1>&lt;Ada&gt;</h1>");
/// assert_eq!(escape("\"a\" & 'b'").to_string(), "&quot;a&quot; &amp; &#39;b&#39;");
/// ```
#[must_use]
pub const fn escape<T>(text: T) -> Escaped<T> {
    Escaped(text)
}

/// Text whose `Display` is escaped for HTML: the result of [`escape`].
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(T);

impl<'a> Escaped<PercentEncoded<'a>> {
    /// The decoded and escaped text in pieces, for a page that sends them one by one and has no use for `core::fmt`, which is
    /// a thousand bytes of a device's flash.
    #[must_use]
    pub const fn pieces(&self) -> EscapedPieces<'a> {
        EscapedPieces(self.0.chars())
    }
}

impl<'a> Escaped<FormText<'a>> {
    /// The decoded and escaped name of a part or of a file in pieces.
    #[must_use]
    pub const fn pieces(&self) -> EscapedPieces<'a> {
        EscapedPieces(self.0.encoded().chars())
    }
}

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

/// Escapes what is written to it.
struct Escaper<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while !rest.is_empty() {
            let plain = rest.bytes().position(|byte| reference(byte).is_some());
            // Every escaped byte is a character.
            let (before, behind) = rest.split_at_checked(plain.unwrap_or(rest.len())).unwrap_or((rest, ""));
            self.0.write_str(before)?;
            let (special, behind) = behind.split_at_checked(1).unwrap_or(("", ""));
            self.0.write_str(special.bytes().next().and_then(reference).unwrap_or(""))?;
            rest = behind;
        }
        Ok(())
    }
}

/// The pieces of a percent-encoded text, escaped for HTML: the result of [`Escaped::pieces`]. A piece is one character or its
/// reference. Bytes that are not UTF-8 are U+FFFD.
///
/// ```
/// let mut pieces = bantam::escape(bantam::wire::PercentEncoded::form("a+%3C")).pieces();
/// for piece in [Some("a"), Some(" "), Some("&lt;"), None] {
///     assert_eq!(pieces.next_piece(), piece);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct EscapedPieces<'a>(Utf8Lossy<PercentDecode<'a>>);

impl EscapedPieces<'_> {
    /// The next piece; `None` at the end.
    pub fn next_piece(&mut self) -> Option<&str> {
        let piece = self.0.next_char()?;
        match piece.as_bytes() {
            [byte] => reference(*byte).or(Some(piece)),
            _ => Some(piece),
        }
    }
}

/// What stands for `byte` in HTML, if it does not stand for itself.
const fn reference(byte: u8) -> Option<&'static str> {
    Some(match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'"' => "&quot;",
        b'\'' => "&#39;",
        b'\0' => REPLACEMENT,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::{String, ToString as _};

    /// The same by each way.
    fn escaped(text: &str) -> String {
        let displayed = escape(text).to_string();
        let (mut pieces, mut joined) = (escape(PercentEncoded::path(text)).pieces(), String::new());
        while let Some(piece) = pieces.next_piece() {
            joined.push_str(piece);
        }
        assert_eq!(displayed, joined);
        assert_eq!(displayed, escape(PercentEncoded::path(text)).to_string());
        let (mut pieces, mut joined) = (escape(FormText::quoted(text.as_bytes())).pieces(), String::new());
        while let Some(piece) = pieces.next_piece() {
            joined.push_str(piece);
        }
        assert_eq!(displayed, joined);
        displayed
    }

    #[test]
    fn every_character_of_markup_is_escaped() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&amp;"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
        assert_eq!(escaped("\0"), "\u{fffd}");
        assert_eq!(escaped("&&"), "&amp;&amp;");
    }

    #[test]
    fn every_other_character_is_unchanged() {
        assert_eq!(escaped("a =/é雛🐓\u{1}"), "a =/é雛🐓\u{1}");
        assert_eq!(escaped(""), "");
    }

    #[test]
    fn text_is_escaped_as_it_is_formatted() {
        assert_eq!(escape(format_args!("{}<{:>3}", "&", 7)).to_string(), "&amp;&lt;  7");
        assert_eq!(escape('<').to_string(), "&lt;");
        assert_eq!(format!("{}", escape(PercentEncoded::form("a+%ff%3c"))), "a \u{fffd}&lt;");
    }

    #[test]
    fn an_escaped_text_is_escaped_again() {
        assert_eq!(escape(escape("<")).to_string(), "&amp;lt;");
    }
}
