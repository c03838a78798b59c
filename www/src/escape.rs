//! Law: what a client has sent is text in a page and nothing else, however long it is.

use bantam::wire::{PercentDecode, PercentEncoded};

use crate::characters::{Characters, REPLACEMENT};

/// A text of the client's, decoded and escaped for HTML. It is lent out a character at a time, for the connection
/// collects them: nothing else is held of it. What is not UTF-8 becomes U+FFFD.
pub(crate) struct Escaped<'a>(Characters<PercentDecode<'a>>);

impl<'a> Escaped<'a> {
    pub(crate) const fn of(text: PercentEncoded<'a>) -> Self {
        Self(Characters::of(text.bytes()))
    }

    /// The next piece, as it stands in the text or in a quoted attribute of a page.
    pub(crate) fn piece(&mut self) -> Option<&str> {
        Some(match self.0.next()? {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            "\"" => "&quot;",
            "'" => "&#39;",
            // HTML has no NUL.
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
        let (mut escaped, mut pieces) = (Escaped::of(PercentEncoded::path(text.as_bytes())), String::new());
        while let Some(piece) = escaped.piece() {
            pieces.push_str(piece);
        }
        pieces
    }

    #[test]
    fn no_character_of_markup_stays_itself() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&amp;"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
        assert_eq!(escaped("\0"), "\u{fffd}");
    }

    #[test]
    fn every_other_character_is_itself() {
        assert_eq!(escaped("a =/é雛🐓\u{1}"), "a =/é雛🐓\u{1}");
    }
}
