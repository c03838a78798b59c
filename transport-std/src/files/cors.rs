//! Law: another site's script reads an answer only if its origin was named, and no cache gives one origin the answer of
//! another (the Fetch standard, "CORS protocol").

use bantam::wire::{Headers, authority};

/// Fields that a script may send without being asked about each.
const ASKED: &str =
    "Cache-Control, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range";
/// Fields that a script may read beside those that it always may.
const SHOWN: &str = "Accept-Ranges, Content-Encoding, Content-Range, ETag";

/// Who may read.
#[derive(Clone, Debug, Default)]
pub(super) struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// Lets an origin read, `*` for all. `None`: it is not an origin.
    pub(super) fn allow(&mut self, origin: &str) -> Option<()> {
        if origin != "*" && origin != "null" {
            let (scheme, host) = origin.split_once("://")?;
            let schemed = scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
            let (rest, place) = authority(host.as_bytes()).ok()?;
            if !schemed
                || !rest.is_empty()
                || place.host.is_empty()
                || host.bytes().any(|byte| byte.is_ascii_uppercase())
            {
                return None;
            }
        }
        self.origins.push(origin.to_owned());
        Some(())
    }

    fn allows_all(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// Does an answer depend on who asks?
    pub(super) fn varies(&self) -> bool {
        !self.origins.is_empty() && !self.allows_all()
    }

    /// The origin that this answer is for.
    pub(super) fn origin(&self, headers: &Headers<'_>) -> Option<&str> {
        if self.allows_all() {
            return Some("*");
        }
        let asking = headers.text("origin")?;
        self.origins.iter().map(String::as_str).find(|origin| *origin == asking)
    }

    /// Fields of every answer to an origin that may read.
    pub(super) fn fields(origin: &str) -> [(&str, &str); 2] {
        [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", SHOWN)]
    }

    /// Fields of the answer to a browser that asks beforehand.
    pub(super) fn preflight(origin: &str) -> [(&str, &str); 4] {
        [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-MethodSet", "GET, HEAD, OPTIONS"),
            ("Access-Control-Allow-Headers", ASKED),
            ("Access-Control-Max-Age", "86400"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for origin in ["*", "null", "https://a.example", "http://localhost:3000", "http://[::1]:8080"] {
            assert!(Cors::default().allow(origin).is_some(), "{origin}");
        }
        for origin in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "://a",
            "https://a b",
            "https://a\r\nX: y",
            "http://a:99999",
        ] {
            assert!(Cors::default().allow(origin).is_none(), "{origin}");
        }
    }
}
