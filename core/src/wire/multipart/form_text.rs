//! [`FormText`]: a name in the head of a part as it was sent, decoded on demand.
//!
//! Invariant: a component that can be used in a path has no separator and no control in it.

use core::fmt;

use crate::wire::target::percent::{PercentDecode, PercentEncoded};

/// The name of a part or of a file as it was sent, decoded on demand. `Display` decodes it, with U+FFFD for bytes that are not UTF-8; for
/// HTML it has to be [escaped](crate::escape).
///
/// It is a peer's word: it can be empty, have control characters and separators of paths in it, and not be UTF-8.
/// [`Self::component`] is for a name that has to stand in a path.
#[derive(Clone, Copy, Debug)]
pub struct FormText<'a>(PercentEncoded<'a>);

impl<'a> FormText<'a> {
    pub(crate) const fn quoted(raw: &'a [u8]) -> Self {
        Self(PercentEncoded::form_data(raw))
    }

    pub(crate) fn extended(raw: &'a [u8]) -> Self {
        Self(PercentEncoded::path(raw))
    }

    /// The name as an encoded text.
    pub(crate) const fn encoded(self) -> PercentEncoded<'a> {
        self.0
    }

    /// The bytes as they were sent.
    #[must_use]
    pub const fn raw(self) -> &'a [u8] {
        self.0.raw()
    }

    /// The decoded bytes, one by one. Of `name="..."` only `%22`, `%0D` and `%0A` are decoded: browsers escape nothing else, not even
    /// `%`, so that a name that has these three characters in itself cannot be told from an escape.
    #[must_use]
    pub const fn bytes(self) -> PercentDecode<'a> {
        self.0.bytes()
    }

    /// Returns the text; decodes it into `memory` where something is encoded. `None` if that is too small (`raw().len()` bytes are always
    /// enough), or if the bytes are not UTF-8.
    #[must_use]
    pub fn text<'m>(self, memory: &'m mut [u8]) -> Option<&'m str>
    where
        'a: 'm,
    {
        self.0.text(memory)
    }

    /// The last component of a path, which some browsers send for a file: what follows the last `/` and the last
    /// `\`. `None` if it is empty, `.` or `..`, if it has a control character or a `:` in it, if it is not UTF-8, or if `memory` is
    /// too small for the decoded path.
    ///
    /// It may be the name of an existing file, begin with a dot, or be a name that an operating system reserves. A page that
    /// stores files does best to choose their names itself.
    ///
    /// ```
    /// use bantam::wire::PartHead;
    ///
    /// let head = b"Content-Disposition: form-data; name=\"a\"; filename=\"../../etc/passwd\"\r\n\r\n";
    /// let file_name = PartHead::parse(head)?.file_name.expect("a file");
    /// assert_eq!(file_name.component(&mut [0; 64]), Some("passwd"));
    /// # Ok::<(), bantam::wire::MultipartError>(())
    /// ```
    #[must_use]
    pub fn component<'m>(self, memory: &'m mut [u8]) -> Option<&'m str>
    where
        'a: 'm,
    {
        let text = self.text(memory)?;
        let (_, component) = text.rsplit_once(['/', '\\']).unwrap_or(("", text));
        let refused = matches!(component, "" | "." | "..")
            || component.chars().any(|letter| letter.is_control() || letter == ':');
        (!refused).then_some(component)
    }
}

impl fmt::Display for FormText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq<str> for FormText<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for FormText<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_escapes_of_browsers_are_decoded_in_a_quoted_name() {
        assert_eq!(FormText::quoted(b"a%22b%0D%0A%41%2G%"), "a\"b\r\n%41%2G%");
        assert_eq!(FormText::quoted("näme".as_bytes()).text(&mut [0; 8]), Some("näme"));
        assert_eq!(FormText::quoted(b"\xff").text(&mut [0; 8]), None, "not UTF-8");
        assert_eq!(FormText::quoted(b"abc").text(&mut []), Some("abc"), "nothing is encoded");
        assert_eq!(FormText::quoted(b"a%22b").text(&mut [0; 2]), None, "no room");
    }

    #[test]
    fn every_escape_is_decoded_in_an_extended_name() {
        assert_eq!(FormText::extended(b"%e2%82%AC%20rates%22"), "€ rates\"");
    }

    #[test]
    fn a_component_is_the_last_one_of_a_path_or_none() {
        let mut memory = [0; 32];
        for (name, component) in [
            ("a.txt", "a.txt"),
            ("C:\\docs\\a.txt", "a.txt"),
            ("/etc/passwd", "passwd"),
            ("..\\../a", "a"),
            (".profile", ".profile"),
            ("ä ö.txt", "ä ö.txt"),
        ] {
            assert_eq!(FormText::quoted(name.as_bytes()).component(&mut memory), Some(component), "{name}");
        }
        for name in ["", ".", "..", "a/", "a\\..", "C:a", "a:b", "a\0", "a%0Db", "a\u{85}b", "a\u{7f}"] {
            assert_eq!(FormText::quoted(name.as_bytes()).component(&mut memory), None, "{name}");
        }
        assert_eq!(FormText::extended(b"..%2F..%2fa").component(&mut memory), Some("a"));
        assert_eq!(FormText::extended(b"a%2F..").component(&mut memory), None);
    }
}
