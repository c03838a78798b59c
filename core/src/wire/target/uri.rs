//! Request targets in the four forms of RFC 9112 section 3.2, and URIs of RFC 3986, with the characters that the URL
//! standard leaves unescaped. Nothing is decoded or normalised.
//!
//! Invariant: the method decides which forms are valid, and a byte outside the grammar refuses the target.

use crate::error::Rejection;
use crate::method::Method;
use crate::slice::{ascii_str, same_text, split_at, split_once};
use crate::wire::class::{DIGIT, PATH, REG_NAME, TARGET};
use crate::wire::grammar::{ParseResult, error};
use crate::wire::scan::take_while;
use crate::wire::target::ip_literal::is_ip_literal;
use crate::wire::target::percent::take_escaped;
use crate::wire::target::query::Query;

/// A valid URI, split and not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// `host [":" port]` of absolute-form, authority-form, or a whole `http` URI.
    pub authority: Option<&'a str>,
    /// The percent-encoded path, as sent; `/` if the URI has an empty one, `*` for asterisk-form. Each `%` begins a valid
    /// escape.
    pub path: &'a str,
    /// The part behind the `?`, as sent. A `%` that begins no valid escape stands for itself.
    pub query: Option<&'a str>,
    /// The part behind the `#`; never in a request target.
    pub fragment: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Parses a whole `http` or `https` URI, or a path with query and fragment. [`alone`](crate::wire::alone#urls-as-clients-send-them)
    /// lists the characters that are taken beyond RFC 3986.
    ///
    /// ```
    /// let uri = bantam::wire::Uri::parse(b"http://[::1]:8080/a%20b?c=d#e")?;
    /// assert_eq!(uri.authority, Some("[::1]:8080"));
    /// assert_eq!((uri.path, uri.query, uri.fragment), ("/a%20b", Some("c=d"), Some("e")));
    /// # Ok::<(), bantam::Rejection>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::BadTarget`] for anything else.
    pub fn parse(input: &'a [u8]) -> Result<Self, Rejection> {
        let (uri, fragment) = split_once(input, b'#');
        let mut parsed = match uri {
            [b'/', ..] => Self::origin(uri),
            _ => Self::absolute(uri),
        }?;
        parsed.fragment = fragment.map(component).transpose()?;
        Ok(parsed)
    }

    /// The target of a request with this method.
    ///
    /// # Errors
    /// [`Rejection::BadTarget`] if it has none of the four forms, or one that the method does not allow.
    pub fn target(method: Method<'_>, target: &'a [u8]) -> Result<Self, Rejection> {
        match (method, target) {
            (Method::Connect, _) => match host_and_port(target) {
                // RFC 9112 section 3.2.3: both a host and a port.
                Ok(([_, ..], Some(_), [])) => {
                    Ok(Self { authority: Some(ascii_str(target)), path: "", ..Self::ROOT })
                }
                _ => Err(Rejection::BadTarget),
            },
            (_, [b'/', ..]) => Self::origin(target),
            (Method::Options, b"*") => Ok(Self { path: "*", ..Self::ROOT }),
            _ => match Self::absolute(target) {
                // RFC 9112 section 3.2.4: a proxy's form of `OPTIONS *`.
                Ok(uri @ Self { path: "/", query: None, .. })
                    if method == Method::Options && !target.ends_with(b"/") =>
                {
                    Ok(Self { path: "*", ..uri })
                }
                other => other,
            },
        }
    }

    /// The pairs of the query; none if there is no query.
    #[must_use]
    pub fn pairs(&self) -> Query<'a> {
        Query::new(self.query.unwrap_or(""))
    }

    /// `/`
    pub(crate) const ROOT: Self = Self { authority: None, path: "/", query: None, fragment: None };

    /// A target in origin-form that the head parser has validated, with its first `?` at `query_at`; 0 for none.
    #[inline(always)]
    pub(crate) fn plain(target: &'a str, query_at: usize) -> Self {
        let (path, query) = match query_at {
            0 => (target, None),
            at => (target.get(..at).unwrap_or(target), target.get(at + 1..)),
        };
        Self { path, query, ..Self::ROOT }
    }

    fn origin(input: &'a [u8]) -> Result<Self, Rejection> {
        let (path, rest) = take_escaped(input, PATH);
        let query = match rest {
            [] => None,
            [b'?', query @ ..] => Some(component(query)?),
            _ => return Err(Rejection::BadTarget),
        };
        Ok(Self { path: ascii_str(path), query, ..Self::ROOT })
    }

    fn absolute(input: &'a [u8]) -> Result<Self, Rejection> {
        let (scheme, rest) = split_at(input, input.iter().position(|byte| *byte == b':').unwrap_or(0));
        let http = same_text(scheme, b"http") || same_text(scheme, b"https");
        let Some(rest) = rest.strip_prefix(b"://").filter(|_| http) else { return Err(Rejection::BadTarget) };
        let Ok((host, _, path)) = host_and_port(rest) else { return Err(Rejection::BadTarget) };
        let (whole, _) = split_at(rest, rest.len() - path.len());
        // RFC 9110 section 4.2.1: an http URI with an empty host is invalid. User information was refused as a port.
        let parsed = match path {
            [] | [b'/' | b'?', ..] if !host.is_empty() => Self::origin(path)?,
            _ => return Err(Rejection::BadTarget),
        };
        let path = if parsed.path.is_empty() { "/" } else { parsed.path };
        Ok(Self { authority: Some(ascii_str(whole)), path, ..parsed })
    }
}

/// A query or a fragment.
fn component(input: &[u8]) -> Result<&str, Rejection> {
    match take_while(input, TARGET) {
        (all, []) => Ok(ascii_str(all)),
        _ => Err(Rejection::BadTarget),
    }
}

/// A host and perhaps a port, RFC 3986 section 3.2 without user information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    /// A registered name, an IPv4 address, or an IP literal with its brackets. May be empty.
    pub host: &'a str,
    /// The port; `None` without a colon or with nothing behind it.
    pub port: Option<u16>,
}

/// `uri-host [ ":" port ]`: the value of `Host`, or the authority behind `//`.
///
/// ```
/// let (rest, host) = bantam::wire::authority(b"example.org:80/path").unwrap();
/// assert_eq!((host.host, host.port, rest), ("example.org", Some(80), &b"/path"[..]));
/// ```
///
/// # Errors
/// [`Rejection::BadHost`] for a malformed IP literal or escape, or a port above 65535.
pub fn authority(input: &[u8]) -> ParseResult<'_, Authority<'_>> {
    match host_and_port(input) {
        Err(rest) | Ok((_, _, rest @ [b'%', ..])) => error(rest, Rejection::BadHost),
        Ok((host, port, rest)) => Ok((rest, Authority { host: ascii_str(host), port })),
    }
}

/// A host, a port, and the bytes behind them.
type HostAndPort<'a> = (&'a [u8], Option<u16>, &'a [u8]);

/// Like [`authority`], in bytes. A bad escape ends the host. The error is the refused place.
pub(crate) fn host_and_port(input: &[u8]) -> Result<HostAndPort<'_>, &[u8]> {
    let (host, rest) = match input {
        [b'[', literal @ ..] => match literal.iter().position(|byte| *byte == b']') {
            Some(end) if is_ip_literal(split_at(literal, end).0) => split_at(input, end + 2),
            _ => return Err(input),
        },
        _ => take_escaped(input, REG_NAME),
    };
    let [b':', behind @ ..] = rest else { return Ok((host, None, rest)) };
    let (digits, rest) = take_while(behind, DIGIT);
    let port = digits.iter().try_fold(0_u16, |port, digit| {
        port.checked_mul(10)?.checked_add(u16::from(digit.wrapping_sub(b'0')))
    });
    let port = port.ok_or(behind)?;
    Ok((host, Some(port).filter(|_| !digits.is_empty()), rest))
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    fn get(target: &str) -> Result<Uri<'_>, Rejection> {
        Uri::target(Method::Get, target.as_bytes())
    }

    #[test]
    fn origin_form_splits_at_the_first_question_mark() {
        let uri = get("/a/b?c=d?e").unwrap();
        assert_eq!((uri.authority, uri.path, uri.query), (None, "/a/b", Some("c=d?e")));
        assert_eq!(get("/?").unwrap().query, Some(""));
        assert_eq!(get("//a").unwrap().path, "//a");
    }

    #[test]
    fn absolute_form_has_a_host_and_perhaps_a_path() {
        let uri = get("http://a:80?q").unwrap();
        assert_eq!((uri.authority, uri.path, uri.query), (Some("a:80"), "/", Some("q")));
        assert_eq!(get("HTTPS://[::1]/x").unwrap().authority, Some("[::1]"));
        for bad in
            ["http://", "http:///x", "http://u@h/", "http://u:p@h/", "ftp://h/", "http:/h", "http://h\\x"]
        {
            assert_eq!(get(bad), Err(Rejection::BadTarget), "{bad}");
        }
    }

    #[test]
    fn authority_form_is_for_connect_alone_and_needs_a_port() {
        assert_eq!(Uri::target(Method::Connect, b"a:443").unwrap().authority, Some("a:443"));
        for bad in ["a", "a:", ":443", "/", "a:443/", "*", "http://a:443"] {
            assert_eq!(Uri::target(Method::Connect, bad.as_bytes()), Err(Rejection::BadTarget), "{bad}");
        }
        assert_eq!(get("a:443"), Err(Rejection::BadTarget));
    }

    #[test]
    fn asterisk_form_is_for_options_alone() {
        assert_eq!(Uri::target(Method::Options, b"*").unwrap().path, "*");
        assert_eq!(Uri::target(Method::Options, b"http://a").unwrap().path, "*");
        assert_eq!(Uri::target(Method::Options, b"http://a/").unwrap().path, "/");
        assert_eq!(Uri::target(Method::Options, b"http://a/?a").unwrap().path, "/");
        assert_eq!(get("*"), Err(Rejection::BadTarget));
    }

    #[test]
    fn bytes_that_no_client_sends_as_they_stand_are_refused() {
        for byte in (0..=b' ').chain(*b"\"<>\x7f").chain(0x80..=0xff) {
            for target in [vec![b'/', byte], vec![b'/', b'?', byte]] {
                assert_eq!(Uri::target(Method::Get, &target), Err(Rejection::BadTarget), "{byte:#x}");
            }
        }
        for bad in ["/%", "/%4", "/%zz", "/\\", "/#f", "/?#", "a", ":", ""] {
            assert_eq!(get(bad), Err(Rejection::BadTarget), "{bad}");
        }
    }

    #[test]
    fn a_target_is_taken_and_handed_on_as_browsers_send_it() {
        for (path, query) in [
            ("/", "ids[]=1&f={a|b}"),
            ("/", "q=a^b`c\\d"),
            ("/", "q=100%"),
            ("/", "%4&%zz=%%41"),
            ("/a[1].txt", ""),
            ("/[]{}|^`", "[]{}|^`\\%"),
        ] {
            for front in ["", "http://a"] {
                let target = std::format!("{front}{path}?{query}");
                let uri = get(&target).expect("taken");
                assert_eq!((uri.path, uri.query), (path, Some(query)), "{target}");
                assert_eq!(Uri::parse(target.as_bytes()), Ok(uri), "{target}");
            }
        }
    }

    #[test]
    fn a_host_has_no_more_characters_than_rfc_3986_gives_it() {
        for byte in *b"[]{}|^`\\%" {
            for target in
                [[b"http://a", &[byte][..], b"b/"].concat(), [b"http://a", &[byte][..], b"?b"].concat()]
            {
                assert_eq!(Uri::target(Method::Get, &target), Err(Rejection::BadTarget), "{byte:#x}");
            }
        }
    }

    #[test]
    fn a_fragment_belongs_to_a_uri_and_not_to_a_target() {
        assert_eq!(Uri::parse(b"/a#b?c").unwrap().fragment, Some("b?c"));
        assert_eq!(Uri::parse(b"/a#b#c"), Err(Rejection::BadTarget));
    }

    #[test]
    fn an_authority_is_a_host_and_perhaps_a_port() {
        for good in
            ["", "a", "a.b:1", "127.0.0.1", "[::1]", "[::1]:80", "a:", ":80", "a%20b", "[v1.x:y]", "a_b"]
        {
            assert!(matches!(authority(good.as_bytes()), Ok(([], _))), "{good}");
        }
        let literals = ["[::1", "[]", "[g::]", "[1.2.3.4]", "[v.x]", "[v1.]", "[::1]x", "[::1%eth0]"];
        let names = [
            "a b", "a@b", "u:p@h", "::1", "a%2", "a:b", "a:65536", "a/b", "a?b", "a#b", "a\\b", "a:1:2",
            "\u{e9}",
        ];
        for bad in literals.into_iter().chain(names) {
            assert!(!matches!(authority(bad.as_bytes()), Ok(([], _))), "{bad}");
        }
    }
}
