//! Response fields that the operator sets: --header for every response, `[[headers]]` of the file by path, --security-headers.
//!
//! Invariant: no such field frames a message, names what one response alone has, or makes a refusal or a type of it last longer.

use bantam::layers::SecurityHeaders;
use bantam::wire::{PercentEncoded, members, token};
use bantam::{Fields, Layer};
use clap::Args;

use crate::path_glob::PathGlob;

/// The fields of framing and persistence, and those by which the server says what one response is.
const OF_SERVER: [&str; 21] = [
    "Accept-Ranges",
    "Allow",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Date",
    "ETag",
    "Keep-Alive",
    "Last-Modified",
    "Location",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "WWW-Authenticate",
];
/// How many bytes all fields may have together, so that they fit into the response buffer beside those of the server.
const MAX_BYTES: usize = 4096;
/// For a year, which the lists of browsers ask for. Without subdomains: other servers have these.
const STRICT_TRANSPORT: (&str, &str) = ("Strict-Transport-Security", "max-age=31536000");

/// A field, or, with an empty value, the absence of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderField {
    name: String,
    value: String,
}

/// Fields for the paths of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderRule {
    pub(crate) path: PathGlob,
    pub(crate) fields: Vec<HeaderField>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Response fields")]
pub(crate) struct HeaderArgs {
    /// Add this field to every response, refusals too, in place of the server's own of that name; with an empty value only remove
    /// that. Cache-Control stays as it is in a refusal, and Vary gets more members. What frames a message or belongs to one
    /// response, such as Content-Length or ETag, is refused. May be repeated, also on lines of their own: values contain commas. For
    /// fields by path see [[headers]] of --config [default: none]
    #[arg(long, value_name = "NAME:VALUE", value_delimiter = '\n', value_parser = parse)]
    header: Vec<HeaderField>,

    /// Add fields by which browsers protect the site, unless a response has its own: X-Content-Type-Options: nosniff,
    /// Referrer-Policy: same-origin, X-Frame-Options: SAMEORIGIN, Content-Security-Policy: frame-ancestors 'self'; over HTTPS
    /// with --tls-cert also Strict-Transport-Security for a year. --header changes single ones
    #[arg(long)]
    security_headers: bool,

    /// Those of `[[headers]]`.
    #[arg(skip)]
    pub(crate) rules: Vec<HeaderRule>,
}

impl HeaderArgs {
    /// Checks all fields together.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let fields = self.header.iter().chain(self.rules.iter().flat_map(|rule| &rule.fields));
        let bytes: usize = fields.map(|field| field.name.len() + field.value.len() + ": \r\n".len()).sum();
        if bytes > MAX_BYTES {
            return Err(format!(
                "--header: all fields together have {bytes} bytes, and {MAX_BYTES} at most are sent"
            ));
        }
        Ok(())
    }

    /// The values of a field, wherever it is set.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.header.iter().chain(self.rules.iter().flat_map(|rule| &rule.fields));
        fields.filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| &*field.value)
    }

    /// The layers of these flags, in the order in which they add fields. `has_certificate`: of files, and not one that is made at the start.
    pub(crate) fn layers(&self, has_certificate: bool) -> (Security, ResponseHeaders) {
        let headers = SecurityHeaders::new()
            .frame_options("SAMEORIGIN")
            .content_security_policy("frame-ancestors 'self'");
        let headers = self.security_headers.then_some(headers);
        let security = Security { headers, strict_transport: has_certificate };
        let own = ResponseHeaders { all: self.header.clone(), rules: self.rules.clone() };
        (security, own)
    }
}

/// Parses `NAME: VALUE`.
fn parse(text: &str) -> Result<HeaderField, String> {
    let (name, value) =
        text.split_once(':').ok_or("expected NAME: VALUE, such as \"X-Robots-Tag: noindex\"")?;
    HeaderField::new(name.trim(), value)
}

impl HeaderField {
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(name: &str, value: &str) -> Result<Self, String> {
        let value = value.trim_matches([' ', '\t']);
        if !token(name.as_bytes()).is_ok_and(|(rest, _)| rest.is_empty()) {
            return Err(format!("{name:?} is not the name of a field"));
        }
        if OF_SERVER.iter().any(|other| name.eq_ignore_ascii_case(other)) {
            return Err(format!("{name} is the server's own: it differs from response to response"));
        }
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
            return Err(format!("the value of {name} has a character that is not ASCII, or a control"));
        }
        Ok(Self { name: name.into(), value: value.into() })
    }

    fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The layer of --security-headers.
#[derive(Debug)]
pub(crate) struct Security {
    headers: Option<SecurityHeaders>,
    strict_transport: bool,
}

impl Layer for Security {
    fn fields(&self, fields: &mut Fields<'_>) {
        let Some(headers) = &self.headers else { return };
        headers.fields(fields);
        // RFC 6797 section 7.2: not over a connection that is not secure. A Unix socket has no TLS.
        if self.strict_transport && fields.is_secure() {
            fields.add_if_absent(STRICT_TRANSPORT.0, STRICT_TRANSPORT.1);
        }
    }
}

/// The layer of --header and `[[headers]]`.
#[derive(Debug)]
pub(crate) struct ResponseHeaders {
    all: Vec<HeaderField>,
    rules: Vec<HeaderRule>,
}

impl Layer for ResponseHeaders {
    fn fields(&self, fields: &mut Fields<'_>) {
        apply(&self.all, fields);
        if self.rules.is_empty() {
            return;
        }
        // A head that was not understood has no path.
        let Some(request) = fields.request() else { return };
        let mut path: Vec<u8> = PercentEncoded::path(request.uri.path).bytes().collect();
        let length = path.len();
        if path.ends_with(b"/") {
            path.extend(b"index.html");
        }
        let asked = path.get(..length).unwrap_or_default();
        for rule in &self.rules {
            if rule.path.matches(asked) || path.len() > length && rule.path.matches(&path) {
                apply(&rule.fields, fields);
            }
        }
    }
}

/// Sets these fields. Several of one name stand beside each other, in place of those that there were.
fn apply(own: &[HeaderField], fields: &mut Fields<'_>) {
    let is_refusal = fields.status().code() >= 400;
    for (place, field) in own.iter().enumerate() {
        let name = &*field.name;
        if field.is_named("Vary") {
            members(field.value.as_bytes())
                .filter_map(|member| str::from_utf8(member).ok())
                .for_each(|member| fields.append(name, member));
            continue;
        }
        let is_kept = field.is_named("Cache-Control") && is_refusal
            || field.is_named("Content-Type") && (is_refusal || fields.headers().first(name).is_none());
        if is_kept {
            continue;
        }
        if !own.iter().take(place).any(|other| other.is_named(name)) {
            fields.remove(name);
        }
        if !field.value.is_empty() {
            fields.add(name, &field.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_name_and_a_value_that_frame_nothing() {
        let field = parse("X-Robots-Tag:  noindex, nofollow ").unwrap();
        assert_eq!((&*field.name, &*field.value), ("X-Robots-Tag", "noindex, nofollow"));
        assert_eq!(parse("Server:").unwrap().value, "", "it removes");
        for text in [
            "",
            "X",
            ": x",
            "a b: x",
            "X\u{e9}: x",
            "X: \u{e9}",
            "X: a\r\nb",
            "X: a\0",
            "content-LENGTH: 1",
            "Transfer-Encoding: chunked",
            "Connection: close",
            "Date: now",
            "ETag: \"a\"",
            "WWW-Authenticate: Basic",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fields_that_do_not_fit_beside_those_of_the_server_are_refused() {
        let of = |count: usize| {
            let field = parse(&format!("X: {}", "x".repeat(995))).unwrap();
            HeaderArgs { header: vec![field; count], security_headers: false, rules: Vec::new() }
        };
        assert!(of(4).validate().is_ok() && of(5).validate().is_err());
    }
}
