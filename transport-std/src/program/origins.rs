//! `AllowedOrigins`: the values of --cors.

use bantam::layers::Origins;
use bantam::wire::authority;

/// Origins, or `*` for all.
#[derive(Clone, Debug)]
pub(crate) struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// # Errors
    /// The first value that is neither an origin nor `*`.
    pub(crate) fn parse(values: &[String]) -> Result<Self, &str> {
        match values.iter().find(|value| !is_origin(value)) {
            Some(value) => Err(value),
            None => Ok(Self(values.to_vec())),
        }
    }
}

impl Origins for AllowedOrigins {
    fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }
}

/// Returns true for a scheme and a host as a browser sends them, for `null` and for `*`.
fn is_origin(value: &str) -> bool {
    let Some((scheme, host)) = value.split_once("://") else { return matches!(value, "*" | "null") };
    let is_of_scheme = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let valid_scheme = scheme.starts_with(char::is_lowercase) && scheme.bytes().all(is_of_scheme);
    let has_uppercase = host.bytes().any(|byte| byte.is_ascii_uppercase());
    match authority(host.as_bytes()) {
        Ok(([], authority)) => valid_scheme && !has_uppercase && !authority.host.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for origin in ["*", "null", "https://a.example", "http://localhost:3000", "http://[::1]:8080"] {
            assert!(is_origin(origin), "{origin}");
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
            assert!(!is_origin(origin), "{origin}");
        }
    }
}
