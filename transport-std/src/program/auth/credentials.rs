//! `Credentials`: the value of `Authorization` in the Basic scheme (RFC 7617 section 2).
//!
//! Invariant: a field is read in one way or not at all, and what is read is bounded.

use bantam::wire::Headers;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest user name with its colon and password, in bytes.
const MAX_LENGTH: usize = 1024;

/// A user name and a password, as bytes of UTF-8 or of what the client took instead.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    /// The name, the colon and the password.
    decoded: Vec<u8>,
    colon: usize,
}

impl Credentials {
    /// Decodes the credentials of a request: `Basic`, in any case, spaces, and base64 (RFC 4648 section 4) with its padding.
    /// Returns `None` if there are none, if the field is repeated or malformed, or if it has a control character.
    pub(super) fn of(headers: &Headers<'_>) -> Option<Self> {
        let mut fields = headers.all("authorization");
        let (Some(field), None) = (fields.next(), fields.next()) else { return None };
        Self::parse(field)
    }

    fn parse(field: &[u8]) -> Option<Self> {
        let (scheme, rest) = field.split_at_checked(5)?;
        let [b' ', encoded @ ..] = rest else { return None };
        let start = encoded.iter().position(|byte| *byte != b' ')?;
        let encoded = encoded.get(start..)?;
        if !scheme.eq_ignore_ascii_case(b"basic") || encoded.len() > MAX_LENGTH.div_ceil(3) * 4 {
            return None;
        }
        let decoded = STANDARD.decode(encoded).ok().filter(|decoded| is_sendable(decoded))?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        Some(Self { decoded, colon })
    }

    /// The name, the colon and the password.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.decoded
    }

    /// The user name. It has no colon.
    pub(super) fn name(&self) -> &[u8] {
        self.decoded.get(..self.colon).unwrap_or_default()
    }

    /// The password. It may have colons.
    pub(super) fn password(&self) -> &[u8] {
        self.decoded.get(self.colon + 1..).unwrap_or_default()
    }
}

/// Returns true if Basic credentials may have these bytes: RFC 7617 section 2 excludes control characters.
pub(super) fn is_sendable(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_LENGTH && !bytes.iter().any(u8::is_ascii_control)
}

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;

    /// The name and password in a field.
    fn read(field: &str) -> Option<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Credentials::parse(field.as_bytes())
            .map(|credentials| (text(credentials.name()), text(credentials.password())))
    }

    fn pair(name: &str, password: &str) -> Option<(String, String)> {
        Some((name.into(), password.into()))
    }

    #[test]
    fn the_first_colon_ends_the_name() {
        for (text, name, password) in [
            ("Aladdin:open sesame", "Aladdin", "open sesame"),
            ("test:123\u{a3}", "test", "123\u{a3}"),
            ("a:b:c:", "a", "b:c:"),
            ("a:", "a", ""),
            (":b", "", "b"),
            (":", "", ""),
        ] {
            assert_eq!(read(&format!("Basic {}", STANDARD.encode(text))), pair(name, password), "{text}");
        }
    }

    #[test]
    fn the_scheme_has_any_case_and_any_number_of_spaces() {
        for scheme in ["Basic ", "basic ", "BASIC ", "bAsIc      "] {
            assert_eq!(read(&format!("{scheme}YTpi")), pair("a", "b"), "{scheme}");
        }
    }

    #[test]
    fn a_field_that_breaks_the_grammar_has_no_credentials() {
        for field in [
            "",
            "Basic",
            "Basic ",
            "Basic  ",
            "BasicYTpi",
            "Basic\tYTpi",
            "Basic \tYTpi",
            "Basic YTpi YTpi",
            "Basic YTpi,",
            "Basic YTpi!",
            "Basic YTpi=",
            "Basic YTpiYw",
            "Basic YTpiYw=",
            "Basic YTpiYx==",
            "Basic YT==pi",
            "Basic \u{e4}",
            "Basi\u{e4} YTpi",
            "Bearer YTpi",
            "YTpi",
            // No colon.
            "Basic YWI=",
        ] {
            assert_eq!(read(field), None, "{field}");
        }
        assert_eq!(read("Basic YTpiYw=="), pair("a", "bc"));
    }

    #[test]
    fn control_characters_and_long_credentials_are_refused() {
        for text in ["a\0:b", "a:b\n", "a:b\u{7f}", "a:\t", &format!("a:{}", "b".repeat(MAX_LENGTH - 1))] {
            assert_eq!(read(&format!("Basic {}", STANDARD.encode(text))), None, "{text}");
        }
        let longest = "b".repeat(MAX_LENGTH - 2);
        assert_eq!(read(&format!("Basic {}", STANDARD.encode(format!("a:{longest}")))), pair("a", &longest));
    }

    #[test]
    fn a_repeated_field_has_no_credentials() {
        let found = |fields: &str| {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            Credentials::of(&request_head(head.as_bytes()).unwrap().1.headers).is_some()
        };
        assert!(found("Authorization: Basic YTpi\r\n"));
        assert!(!found("Authorization: Basic YTpi\r\nauthorization: Basic YTpi\r\n"));
        assert!(!found(""));
    }
}
