//! Law: a host is one of those named or it is not; no pattern, no prefix, no suffix.

use bantam::wire::authority;

/// A host that is answered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Is it what the client has asked for?
    pub(crate) fn is(&self, asked: Option<&str>) -> bool {
        let Some(Ok(([], asked))) = asked.map(|asked| authority(asked.as_bytes())) else { return false };
        let name = asked.host.strip_suffix('.').unwrap_or(asked.host);
        // RFC 9110 section 4.2.1: without a port it is 80.
        name.eq_ignore_ascii_case(&self.name) && self.port.is_none_or(|port| port == asked.port.unwrap_or(80))
    }
}

/// `HOST` or `HOST:PORT`.
pub(crate) fn parse(text: &str) -> Result<Host, String> {
    match authority(text.as_bytes()) {
        Ok(([], host)) if !host.host.is_empty() => Ok(Host { name: host.host.to_owned(), port: host.port }),
        _ => Err("a host is needed, such as example.org, 192.0.2.1:8080 or [::1]".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_exactly_one_that_was_named() {
        let host = parse("Example.org").unwrap();
        for same in ["example.org", "EXAMPLE.ORG:80", "example.org:8080", "example.org."] {
            assert!(host.is(Some(same)), "{same}");
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
            assert!(!host.is(Some(other)), "{other}");
        }
        assert!(!host.is(None));
    }

    #[test]
    fn a_port_that_was_named_is_asked_for_too() {
        let host = parse("[::1]:8080").unwrap();
        assert!(host.is(Some("[::1]:8080")) && !host.is(Some("[::1]")) && !host.is(Some("[::1]:80")));
        assert!(parse("a:80").unwrap().is(Some("a")), "80 is the port of http");
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in ["", ":80", "a b", "http://a", "a:99999", "*.a/"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
