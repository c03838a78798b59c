//! `Credentials`: a copy of the Basic credentials of a request (RFC 7617), for the thread that checks them.
//!
//! Invariant: their length is bounded.

use bantam::wire::Headers;

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
    /// Decodes the credentials of a request. Returns `None` if there are none or they are too long.
    pub(super) fn of(headers: &Headers<'_>) -> Option<Self> {
        let decoded: Vec<u8> = headers.basic_auth()?.bytes().take(MAX_LENGTH + 1).collect();
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        (decoded.len() <= MAX_LENGTH).then_some(Self { decoded, colon })
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
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// The name and password of a request with this field.
    fn read(field: &str) -> Option<(String, String)> {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n");
        let credentials = Credentials::of(&request_head(head.as_bytes()).unwrap().1.headers)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(credentials.name()), text(credentials.password())))
    }

    fn read_encoded(text: &str) -> Option<(String, String)> {
        read(&format!("Authorization: Basic {}\r\n", STANDARD.encode(text)))
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
            (":", "", ""),
        ] {
            assert_eq!(read_encoded(text), pair(name, password), "{text}");
        }
    }

    #[test]
    fn control_characters_and_long_credentials_are_refused() {
        let long = format!("a:{}", "b".repeat(MAX_LENGTH - 1));
        for text in ["a\0:b", "a:b\n", "a:b\u{7f}", "a:\t", &long, &format!("{}b:", &long[2..])] {
            assert_eq!(read_encoded(text), None, "{text}");
        }
        let longest = "b".repeat(MAX_LENGTH - 2);
        assert_eq!(read_encoded(&format!("a:{longest}")), pair("a", &longest));
    }

    #[test]
    fn a_field_that_is_repeated_or_malformed_has_no_credentials() {
        for field in [
            "",
            "Authorization: Basic\r\n",
            "Authorization: Basic YTpi!\r\n",
            "Authorization: Bearer YTpi\r\n",
            "Authorization: Basic YTpi\r\nauthorization: Basic YTpi\r\n",
        ] {
            assert_eq!(read(field), None, "{field}");
        }
        assert_eq!(read("authorization: basic  YTpi\r\n"), pair("a", "b"));
    }
}
