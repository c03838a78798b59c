//! Which origin a browser sends a request for: that of a page of this server, or another's.
//!
//! Invariant: a browser's request for a page of another origin is refused; a client that is no browser sends neither field.

use bantam::wire::{Authority, Headers, authority};

/// Returns true unless a browser says that a page of another origin sends the request: in `Sec-Fetch-Site` (Fetch Metadata), or, where
/// it sends none, as for http on another machine, in `Origin` (RFC 6454), which has to name the requested host.
pub(super) fn is_same_origin(headers: &Headers<'_>, host: Option<&str>) -> bool {
    if headers.first("sec-fetch-site").is_some() {
        return headers.all("sec-fetch-site").all(|site| matches!(site, b"same-origin" | b"none"));
    }
    headers.all("origin").all(|origin| {
        let origin = str::from_utf8(origin).ok().and_then(|origin| origin.split_once("://"));
        let names = |(scheme, origin): (&str, &str)| {
            let default = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
            Some(normal(origin, default)? == normal(host?, default)?)
        };
        origin.and_then(names) == Some(true)
    })
}

/// The host in lower case, and the port, which both may leave out.
fn normal(text: &str, default: u16) -> Option<(String, u16)> {
    match authority(text.as_bytes()) {
        Ok(([], Authority { host, port, .. })) => Some((host.to_ascii_lowercase(), port.unwrap_or(default))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;

    fn check(fields: &[(&str, &str)]) -> bool {
        let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("POST / HTTP/1.1\r\nHost: files.example:8080\r\n{fields}\r\n");
        is_same_origin(&request_head(head.as_bytes()).unwrap().1.headers, Some("files.example:8080"))
    }

    #[test]
    fn a_page_of_another_origin_is_told_by_either_field() {
        for same in [
            &[][..],
            &[("Origin", "http://files.example:8080")],
            &[("Origin", "http://FILES.example:8080")],
            &[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
            &[("Sec-Fetch-Site", "none")],
        ] {
            assert!(check(same), "{same:?}");
        }
        for other in [
            &[("Origin", "null")][..],
            &[("Origin", "")],
            &[("Origin", "http://files.example")],
            &[("Origin", "http://files.example:8080.evil.example")],
            &[("Origin", "http://evil.example")],
            &[("Origin", "http://files.example:8080"), ("Origin", "http://evil.example")],
            &[("Sec-Fetch-Site", "same-site")],
            &[("Sec-Fetch-Site", "cross-site"), ("Origin", "http://files.example:8080")],
            &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
            &[("Sec-Fetch-Site", "")],
        ] {
            assert!(!check(other), "{other:?}");
        }
    }

    #[test]
    fn the_port_of_the_scheme_may_be_left_out() {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\n\r\n";
        let headers = request_head(head).unwrap().1.headers;
        assert!(is_same_origin(&headers, Some("a")) && is_same_origin(&headers, Some("a:443")));
        assert!(!is_same_origin(&headers, Some("a:80")) && !is_same_origin(&headers, None));
    }
}
