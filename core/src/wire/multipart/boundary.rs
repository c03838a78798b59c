//! [`Boundary`]: the parameter of `multipart/form-data` that separates its parts, RFC 2046 section 5.1.1.
//!
//! Invariant: a boundary has 1 to 70 characters, none of them CR or LF.

use crate::wire::class::BOUNDARY;
#[cfg(feature = "server")]
use crate::wire::fields::headers::Headers;
use crate::wire::multipart::error::MultipartError;
#[cfg(feature = "server")]
use crate::wire::multipart::parameter::fields;
use crate::wire::multipart::parameter::{Found, parameters};
use crate::wire::scan::skip;

/// The boundary of a `multipart/form-data` body: 1 to 70 characters of RFC 2046 section 5.1.1.
///
/// ```
/// use bantam::wire::Boundary;
///
/// let boundary = Boundary::of_content_type(b"multipart/form-data; boundary=\"a b\"")?;
/// assert_eq!(boundary.as_bytes(), b"a b");
/// # Ok::<(), bantam::wire::MultipartError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary<'a>(&'a [u8]);

impl<'a> Boundary<'a> {
    /// A boundary of these characters; `None` if there are none or more than 70, if one is no `bchars`, or if the last is a space.
    #[must_use]
    pub fn new(characters: &'a [u8]) -> Option<Self> {
        let fits = (1..=70).contains(&characters.len())
            && characters.last() != Some(&b' ')
            && skip(characters, BOUNDARY).is_empty();
        fits.then_some(Self(characters))
    }

    /// The boundary in the value of a `Content-Type` field. The type and the name of the parameter are taken in any case. The
    /// value is a token or a quoted string; other parameters are ignored.
    ///
    /// # Errors
    /// [`MultipartError::NoBoundary`] if the type is another, if a parameter is not valid, or if `boundary` is missing, repeated or not valid.
    /// A backslash in it is refused: no client has to escape a character that a boundary can have.
    pub fn of_content_type(value: &'a [u8]) -> Result<Self, MultipartError> {
        Self::find(value).ok_or(MultipartError::NoBoundary)
    }

    /// The boundary of a head with these fields.
    #[cfg(feature = "server")]
    pub(crate) fn of_headers(headers: &Headers<'a>) -> Result<Self, MultipartError> {
        // The look-up of a part's head: less code than that of a request's.
        let mut found = Found::default();
        fields(headers.lines(), b"\x0ccontent-type", &mut found).ok_or(MultipartError::NoBoundary)?;
        let [value, ..] = found;
        Self::of_content_type(value.unwrap_or(&[]))
    }

    fn find(value: &'a [u8]) -> Option<Self> {
        let mut found = Found::default();
        parameters(value, b"\x13multipart/form-data\x08boundary", &mut found)?;
        let [boundary, ..] = found;
        Self::new(boundary?)
    }

    /// Its characters.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<&[u8]> {
        Boundary::of_content_type(value.as_bytes()).ok().map(Boundary::as_bytes)
    }

    #[test]
    fn the_boundary_of_every_client_is_found() {
        for (value, boundary) in [
            (
                "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                "----WebKitFormBoundary7MA4YWxkTrZu0gW",
            ),
            (
                "multipart/form-data; boundary=------------------------d74496d66958873e",
                "------------------------d74496d66958873e",
            ),
            ("multipart/form-data;boundary=\"----=_Part_1_2.3\"", "----=_Part_1_2.3"),
            ("Multipart/Form-Data; charset=\"a;boundary=b\"; BOUNDARY=c ; x=y", "c"),
            ("multipart/form-data; boundary=\"a b\"", "a b"),
            ("multipart/form-data ;\tboundary=a;", "a"),
        ] {
            assert_eq!(of(value), Some(boundary.as_bytes()), "{value}");
        }
    }

    #[test]
    fn another_type_and_a_boundary_that_two_readers_could_take_differently_are_refused() {
        for value in [
            "",
            "multipart/form-data",
            "multipart/form-data;",
            "multipart/form-data; boundary",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"",
            "multipart/form-data; boundary=\"a",
            "multipart/form-data; boundary=a\"",
            "multipart/form-data; boundary=\"a\"b",
            "multipart/form-data; boundary=\"a\\b\"",
            "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=a b",
            "multipart/form-data; boundary=a=b",
            "multipart/form-data; boundary=a; boundary=a",
            "multipart/form-data; boundary =a",
            "multipart/form-data, boundary=a",
            "multipart/mixed; boundary=a",
            "multipart/form-datax; boundary=a",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=a\u{e9}",
        ] {
            assert_eq!(of(value), None, "{value}");
        }
    }

    #[test]
    fn a_boundary_has_1_to_70_characters() {
        assert!(Boundary::new(&[b'a'; 70]).is_some());
        assert!(Boundary::new(&[b'a'; 71]).is_none() && Boundary::new(b"").is_none());
        for byte in 0..=255u8 {
            let valid = byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
            assert_eq!(Boundary::new(&[byte, b'a']).is_some(), valid, "{byte:#x}");
        }
    }
}
