//! Cross-origin access to files (the Fetch standard, "CORS protocol").
//!
//! Invariant: only the response to an allowed origin names it, and a response that depends on the origin says so in `Vary`.

use bantam::wire::{Headers, authority};

/// Request headers that a script may send after a preflight.
const ALLOW_HEADERS: &str = "Authorization, Cache-Control, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range";
/// Response headers that a script may read beside the CORS-safelisted ones.
const EXPOSE_HEADERS: &str = "Accept-Ranges, Content-Encoding, Content-Range, ETag";

/// The request fields by which a response was chosen, whatever its status (RFC 9110 section 12.5.5).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChosenBy {
    pub(super) accept: bool,
    pub(super) accept_encoding: bool,
}

impl ChosenBy {
    /// The value of `Vary`; `None` if the response is the same for every request.
    const fn vary(self, origin: bool) -> Option<&'static str> {
        Some(match (self.accept, self.accept_encoding, origin) {
            (false, false, false) => return None,
            (false, false, true) => "Origin",
            (false, true, false) => "Accept-Encoding",
            (false, true, true) => "Accept-Encoding, Origin",
            (true, false, false) => "Accept",
            (true, false, true) => "Accept, Origin",
            (true, true, false) => "Accept, Accept-Encoding",
            (true, true, true) => "Accept, Accept-Encoding, Origin",
        })
    }
}

/// The origins whose scripts may read responses. Without any, no response has a field of CORS.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// Allows an origin, `*` for all. Returns `None`, and allows nothing, if it is not an origin.
    #[must_use]
    pub fn allow(&mut self, origin: &str) -> Option<()> {
        if origin != "*" && origin != "null" {
            let (scheme, host) = origin.split_once("://")?;
            let is_of_scheme = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
            let valid_scheme = scheme.starts_with(char::is_lowercase) && scheme.bytes().all(is_of_scheme);
            let has_uppercase = host.bytes().any(|byte| byte.is_ascii_uppercase());
            match authority(host.as_bytes()) {
                Ok(([], authority)) if valid_scheme && !has_uppercase && !authority.host.is_empty() => {}
                _ => return None,
            }
        }
        self.origins.push(origin.to_owned());
        Some(())
    }

    /// The headers of every response: `Vary`, and CORS.
    pub(super) fn headers<'a>(
        &'a self,
        request: &Headers<'_>,
        chosen_by: ChosenBy,
    ) -> Vec<(&'a str, &'a str)> {
        let mut headers = Vec::with_capacity(12);
        headers.extend(chosen_by.vary(self.varies()).map(|vary| ("Vary", vary)));
        headers.extend(self.response_fields(request));
        headers
    }

    /// The fields, beside `Vary`, of every response to this request. None unless its origin is allowed.
    #[must_use]
    pub fn response_fields(&self, request: &Headers<'_>) -> Vec<(&str, &str)> {
        match self.allowed_origin(request) {
            Some(origin) => vec![
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Expose-Headers", EXPOSE_HEADERS),
            ],
            None => Vec::new(),
        }
    }

    /// The fields of the response to a preflight request, which is an OPTIONS request with these fields. They allow nothing
    /// unless the origin is allowed. Returns `None` for any other request, and if no origin is allowed at all.
    ///
    /// A preflight request has no credentials (the Fetch standard, "CORS-preflight fetch"): it is answered before they are
    /// asked for.
    #[must_use]
    pub fn preflight(&self, request: &Headers<'_>) -> Option<Vec<(&str, &str)>> {
        if self.origins.is_empty() {
            return None;
        }
        let (_, _) = (request.first("origin")?, request.first("access-control-request-method")?);
        let mut headers = Vec::with_capacity(5);
        if let Some(origin) = self.allowed_origin(request) {
            headers.extend([
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
                ("Access-Control-Allow-Headers", ALLOW_HEADERS),
                ("Access-Control-Max-Age", "86400"),
            ]);
        }
        if self.varies() {
            headers.push(("Vary", "Origin"));
        }
        Some(headers)
    }

    fn allows_all(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// Returns true if every response depends on the origin of the request, and says so in `Vary`.
    #[must_use]
    pub fn varies(&self) -> bool {
        !self.origins.is_empty() && !self.allows_all()
    }

    /// The value of `Access-Control-Allow-Origin` for this request.
    fn allowed_origin(&self, request: &Headers<'_>) -> Option<&str> {
        if self.allows_all() {
            return Some("*");
        }
        if self.origins.is_empty() {
            return None;
        }
        let origin = request.text("origin")?;
        self.origins.iter().map(String::as_str).find(|allowed| *allowed == origin)
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
