//! `Host`: a value of --allow-host.
//!
//! Invariant: a host matches by its whole name; there are no patterns, prefixes or suffixes.

use bantam::wire::authority;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Returns true if the host of a request has this name, and this port if one was given.
    pub(crate) fn matches(&self, requested: Option<&str>) -> bool {
        let Some(Ok(([], requested))) = requested.map(|text| authority(text.as_bytes())) else {
            return false;
        };
        let name = requested.host.strip_suffix('.').unwrap_or(requested.host);
        // The default port of http is 80 (RFC 9110 section 4.2.1).
        name.eq_ignore_ascii_case(&self.name)
            && self.port.is_none_or(|port| port == requested.port.unwrap_or(80))
    }
}

/// Parses `HOST` or `HOST:PORT`.
pub(crate) fn parse(text: &str) -> Result<Host, String> {
    match authority(text.as_bytes()) {
        Ok(([], host)) if !host.host.is_empty() => Ok(Host { name: host.host.to_owned(), port: host.port }),
        _ => Err("expected a host, such as example.org, 192.0.2.1:8080 or [::1]".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_matches_its_whole_name_in_any_case() {
        let host = parse("Example.org").unwrap();
        for same in ["example.org", "EXAMPLE.ORG:80", "example.org:8080", "example.org."] {
            assert!(host.matches(Some(same)), "{same}");
        }
        for other in [
            "",
            "example.or",
            "xample.org",
            "example.org.evil",
            "a.example.org",
            "example.org..",
            "example%2eorg",
        ] {
            assert!(!host.matches(Some(other)), "{other}");
        }
        assert!(!host.matches(None));
    }

    #[test]
    fn a_port_that_was_given_must_match() {
        let host = parse("[::1]:8080").unwrap();
        assert!(
            host.matches(Some("[::1]:8080"))
                && !host.matches(Some("[::1]"))
                && !host.matches(Some("[::1]:80"))
        );
        assert!(parse("a:80").unwrap().matches(Some("a")), "the default port of http");
    }

    #[test]
    fn an_invalid_host_is_an_error() {
        for text in ["", ":80", "a b", "http://a", "a:99999", "*.a/"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
