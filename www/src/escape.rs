//! HTML escaping of percent-encoded text from a client.
//! Invariant: the output has no `<`, `>`, `"` or `'`, and every `&` begins a character reference.

use bantam::wire::{PercentDecode, PercentEncoded};

use crate::utf8_lossy::{REPLACEMENT, Utf8Lossy};

/// Decodes a text and escapes it for HTML, one character at a time. Bytes that are not UTF-8 become U+FFFD.
pub(crate) struct HtmlEscaped<'a>(Utf8Lossy<PercentDecode<'a>>);

impl<'a> HtmlEscaped<'a> {
    pub(crate) const fn new(text: PercentEncoded<'a>) -> Self {
        Self(Utf8Lossy::new(text.bytes()))
    }

    /// Returns the next character, escaped for text and for quoted attributes.
    pub(crate) fn next_str(&mut self) -> Option<&str> {
        Some(match self.0.next_char()? {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            "\"" => "&quot;",
            "'" => "&#39;",
            // NUL is invalid in HTML.
            "\0" => REPLACEMENT,
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn escaped(text: &str) -> String {
        let (mut escaped, mut pieces) =
            (HtmlEscaped::new(PercentEncoded::path(text.as_bytes())), String::new());
        while let Some(piece) = escaped.next_str() {
            pieces.push_str(piece);
        }
        pieces
    }

    #[test]
    fn every_character_of_markup_is_escaped() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&amp;"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
        assert_eq!(escaped("\0"), "\u{fffd}");
    }

    #[test]
    fn every_other_character_is_unchanged() {
        assert_eq!(escaped("a =/é雛🐓\u{1}"), "a =/é雛🐓\u{1}");
    }
}
