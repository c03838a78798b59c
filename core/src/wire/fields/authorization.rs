//! Credentials of a request: the field `Authorization` in the schemes Basic (RFC 7617) and Bearer (RFC 6750).
//!
//! Invariant: a field is read in one way or not at all. `Debug` shows no secret, and a comparison with one looks at every byte.

use core::fmt;

use crate::slice::{ascii_str, split_once};
use crate::wire::fields::base64::Base64;
use crate::wire::fields::headers::Headers;

impl<'a> Headers<'a> {
    /// The user name and the password of the request (Basic, RFC 7617 section 2). `None` if it has none, if the field is repeated
    /// or malformed, or if it has a control character. They are decoded on demand.
    ///
    /// ```
    /// # let head = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
    /// # let (_, head) = bantam::wire::request_head(head).unwrap();
    /// let credentials = head.headers.basic_auth();
    /// assert!(credentials.is_some_and(|sent| sent.matches("Aladdin", "open sesame")));
    /// assert_eq!(credentials.and_then(|sent| Some(sent.decode(&mut [0; 64])?.0 == "Aladdin")), Some(true));
    /// ```
    #[must_use]
    pub fn basic_auth(&self) -> Option<BasicCredentials<'a>> {
        let decoded = Base64::new(credentials(self, "basic")?)?;
        let mut has_colon = false;
        for byte in decoded {
            has_colon |= byte == b':';
            if byte.is_ascii_control() {
                return None;
            }
        }
        has_colon.then_some(BasicCredentials { decoded })
    }

    /// The token of the request (Bearer, RFC 6750 section 2.1). `None` if it has none, or if the field is repeated or malformed.
    ///
    /// ```
    /// # let (_, head) = bantam::wire::request_head(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer mF_9.B5f\r\n\r\n").unwrap();
    /// assert!(head.headers.bearer().is_some_and(|token| token.matches("mF_9.B5f")));
    /// ```
    #[must_use]
    pub fn bearer(&self) -> Option<BearerToken<'a>> {
        let token = credentials(self, "bearer")?;
        let mut rest = token;
        while let [before @ .., b'='] = rest {
            rest = before;
        }
        let is_token68 = !rest.is_empty()
            && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte));
        is_token68.then_some(BearerToken(ascii_str(token)))
    }
}

/// What is behind the name of `scheme`, in any case, and spaces (RFC 9110 section 11.4).
fn credentials<'a>(headers: &Headers<'a>, scheme: &str) -> Option<&'a [u8]> {
    let (found, rest) = split_once(headers.only("authorization")?, b' ');
    let mut rest = rest.filter(|_| found.eq_ignore_ascii_case(scheme.as_bytes()))?;
    while let [b' ', behind @ ..] = rest {
        rest = behind;
    }
    (!rest.is_empty()).then_some(rest)
}

/// A user name and a password, as bytes of UTF-8 or of what the client took instead. They are as long as the head of the request
/// lets them be.
#[derive(Clone, Copy)]
pub struct BasicCredentials<'a> {
    decoded: Base64<'a>,
}

impl BasicCredentials<'_> {
    /// Returns true if these are the credentials of `user`. The time depends on the lengths of what was sent and of what is expected,
    /// and not on how much of it is right. A name with a colon is never right.
    #[must_use]
    pub fn matches(&self, user: &str, password: &str) -> bool {
        let expected = user.bytes().chain([b':']).chain(password.bytes());
        is_same(self.bytes(), expected) & user.bytes().all(|byte| byte != b':')
    }

    /// The user name and the password, decoded into `memory`. The name ends at the first colon. `None` if `memory` is too small or
    /// they are not UTF-8. A password is not to be compared with `==`, whose time tells how much of it is right: see [`Self::matches`].
    #[must_use]
    pub fn decode<'m>(&self, memory: &'m mut [u8]) -> Option<(&'m str, &'m str)> {
        let mut length = 0;
        for byte in self.bytes() {
            *memory.get_mut(length)? = byte;
            length += 1;
        }
        let (user, password) = split_once(memory.get(..length)?, b':');
        Some((core::str::from_utf8(user).ok()?, core::str::from_utf8(password?).ok()?))
    }

    /// The decoded bytes: the user name, a colon, and the password, which may have colons.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        self.decoded
    }
}

impl fmt::Debug for BasicCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicCredentials(..)")
    }
}

/// A bearer token: letters, digits and `-._~+/`, and `=` at its end.
#[derive(Clone, Copy)]
pub struct BearerToken<'a>(&'a str);

impl<'a> BearerToken<'a> {
    /// Returns true if this is the token `expected`. The time depends on both lengths, and not on how much of it is right.
    #[must_use]
    pub fn matches(&self, expected: &str) -> bool {
        is_same(self.0.bytes(), expected.bytes())
    }

    /// The token, to look it up, or to verify its signature. It is not to be compared with `==`: see [`Self::matches`].
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

/// Returns true if the bytes are the same. Goes to the end of `sent`, wherever the first difference is.
fn is_same(sent: impl Iterator<Item = u8>, mut expected: impl Iterator<Item = u8>) -> bool {
    // No byte: unlike all of them.
    const END: u16 = 256;
    let mut difference = 0;
    for byte in sent {
        difference |= u16::from(byte) ^ expected.next().map_or(END, u16::from);
    }
    (difference == 0) & expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    fn basic(field: &str) -> Option<(String, String)> {
        let lines = format!("Authorization: {field}\r\n");
        let (name, password) = Headers::new(lines.as_bytes())
            .basic_auth()?
            .decode(&mut [0; 64])
            .map(|(name, password)| (String::from(name), String::from(password)))?;
        Some((name, password))
    }

    fn pair(name: &str, password: &str) -> Option<(String, String)> {
        Some((name.into(), password.into()))
    }

    fn bearer(field: &str) -> Option<String> {
        let lines = format!("Authorization: {field}\r\n");
        Headers::new(lines.as_bytes()).bearer().map(|token| token.as_str().into())
    }

    #[test]
    fn the_first_colon_ends_the_name() {
        for (encoded, name, password) in [
            ("QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"),
            ("dGVzdDoxMjPCow==", "test", "123\u{a3}"),
            ("YTpiOmM6", "a", "b:c:"),
            ("YTo=", "a", ""),
            ("OmI=", "", "b"),
            ("Og==", "", ""),
        ] {
            assert_eq!(basic(&format!("Basic {encoded}")), pair(name, password), "{encoded}");
        }
    }

    #[test]
    fn a_scheme_has_any_case_and_any_number_of_spaces_behind_it() {
        for scheme in ["Basic ", "basic ", "BASIC ", "bAsIc      "] {
            assert_eq!(basic(&format!("{scheme}YTpi")), pair("a", "b"), "{scheme}");
        }
        for scheme in ["Bearer ", "bearer ", "BEARER    "] {
            assert_eq!(bearer(&format!("{scheme}a")).as_deref(), Some("a"), "{scheme}");
        }
    }

    #[test]
    fn a_field_that_breaks_the_grammar_has_no_credentials() {
        for rest in [
            "",
            " ",
            "  ",
            "YTpi",
            "\tYTpi",
            " \tYTpi",
            " YTpi YTpi",
            " YTpi,",
            " YTpi!",
            " \u{e4}",
            " YT=pi",
        ] {
            assert_eq!(
                (basic(&format!("Basic{rest}")), bearer(&format!("Bearer{rest}"))),
                (None, None),
                "{rest:?}"
            );
        }
        for field in [
            "Bearer YTpi",
            "YTpi",
            "Basi\u{e4} YTpi",
            "Basic YTpi=",
            "Basic YTpiYw=",
            "Basic YTpiYx==",
            "Basic YWI=",
        ] {
            assert_eq!(basic(field), None, "{field}");
        }
        for field in ["Basic YTpi", "Bearer =", "Bearer ===", "a"] {
            assert_eq!(bearer(field), None, "{field}");
        }
        assert_eq!(bearer("Bearer -._~+/aZ09==").as_deref(), Some("-._~+/aZ09=="));
    }

    #[test]
    fn a_control_character_is_in_no_credentials() {
        for encoded in ["YQA6Yg==", "YTpiCg==", "YTpifw==", "YToJ"] {
            assert_eq!(basic(&format!("Basic {encoded}")), None, "{encoded}");
        }
    }

    #[test]
    fn a_repeated_field_has_no_credentials() {
        let lines = b"Authorization: Basic YTpi\r\nauthorization: Bearer YTpi\r\n";
        let headers = Headers::new(lines);
        assert!(headers.basic_auth().is_none() && headers.bearer().is_none());
        assert!(Headers::new(&[]).basic_auth().is_none());
    }

    #[test]
    fn memory_that_is_too_small_and_bytes_beyond_utf_8_are_none() {
        let headers = Headers::new(b"Authorization: Basic YTpi\r\n");
        let credentials = headers.basic_auth().expect("credentials");
        assert_eq!(
            (credentials.decode(&mut [0; 2]), credentials.decode(&mut [0; 3])),
            (None, Some(("a", "b")))
        );
        let headers = Headers::new(b"Authorization: Basic /zr/\r\n");
        let credentials = headers.basic_auth().expect("credentials");
        assert_eq!(credentials.decode(&mut [0; 8]), None);
        assert!(credentials.bytes().eq(*b"\xff:\xff"));
    }

    #[test]
    fn only_the_same_name_and_password_match() {
        let headers = Headers::new(b"Authorization: Basic YTpiOmM=\r\n");
        let credentials = headers.basic_auth().expect("credentials");
        assert!(credentials.matches("a", "b:c"));
        for (name, password) in [
            ("a:b", "c"),
            ("a", "b:"),
            ("a", "b:cd"),
            ("a", ""),
            ("", "a:b:c"),
            ("A", "b:c"),
            ("a", "b:\0"),
            ("", ""),
        ] {
            assert!(!credentials.matches(name, password), "{name} {password}");
        }
        let headers = Headers::new(b"Authorization: Bearer abc\r\n");
        let token = headers.bearer().expect("a token");
        assert!(token.matches("abc"));
        for other in ["", "a", "ab", "abcd", "abd", "Abc", "abc\0"] {
            assert!(!token.matches(other), "{other}");
        }
    }

    #[test]
    fn a_comparison_goes_to_the_end_wherever_the_first_difference_is() {
        for expected in ["", "x", "abcdx", "xbcde", "abcde", "abcdef"] {
            let mut looked_at = 0;
            let same = is_same(b"abcde".iter().copied().inspect(|_| looked_at += 1), expected.bytes());
            assert_eq!((same, looked_at), (expected == "abcde", 5), "{expected}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let headers = Headers::new(b"Authorization: Basic YTpi\r\n");
        assert_eq!(format!("{:?}", headers.basic_auth()), "Some(BasicCredentials(..))");
        let headers = Headers::new(b"Authorization: Bearer YTpi\r\n");
        assert_eq!(format!("{:?}", headers.bearer()), "Some(BearerToken(..))");
    }
}
