//! Status codes, RFC 9110 section 15, and their reason phrases.

use core::fmt;

use crate::slice::{ascii_str, split_once};

/// A status code, RFC 9110 section 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

macro_rules! statuses {
    ($($name:ident = $code:literal, $reason:literal;)*) => {
        impl Status {
            $(#[doc = concat!(stringify!($code), " ", $reason)]
            pub const $name: Self = Self($code);)*
        }

        /// All status lines without the version, the most frequent first, for a search from the front. A list of pairs is
        /// twice as large, and a `match` three times.
        const LINES: &[u8] = concat!("200 OK\r", $(stringify!($code), " ", $reason, "\r"),*).as_bytes();
    };
}

statuses! {
    CONTINUE = 100, "Continue";
    SWITCHING_PROTOCOLS = 101, "Switching Protocols";
    OK = 200, "OK";
    CREATED = 201, "Created";
    ACCEPTED = 202, "Accepted";
    NO_CONTENT = 204, "No Content";
    RESET_CONTENT = 205, "Reset Content";
    PARTIAL_CONTENT = 206, "Partial Content";
    MOVED_PERMANENTLY = 301, "Moved Permanently";
    FOUND = 302, "Found";
    SEE_OTHER = 303, "See Other";
    NOT_MODIFIED = 304, "Not Modified";
    TEMPORARY_REDIRECT = 307, "Temporary Redirect";
    PERMANENT_REDIRECT = 308, "Permanent Redirect";
    BAD_REQUEST = 400, "Bad Request";
    UNAUTHORIZED = 401, "Unauthorized";
    FORBIDDEN = 403, "Forbidden";
    NOT_FOUND = 404, "Not Found";
    METHOD_NOT_ALLOWED = 405, "Method Not Allowed";
    NOT_ACCEPTABLE = 406, "Not Acceptable";
    REQUEST_TIMEOUT = 408, "Request Timeout";
    CONFLICT = 409, "Conflict";
    GONE = 410, "Gone";
    LENGTH_REQUIRED = 411, "Length Required";
    PRECONDITION_FAILED = 412, "Precondition Failed";
    CONTENT_TOO_LARGE = 413, "Content Too Large";
    URI_TOO_LONG = 414, "URI Too Long";
    UNSUPPORTED_MEDIA_TYPE = 415, "Unsupported Media Type";
    RANGE_NOT_SATISFIABLE = 416, "Range Not Satisfiable";
    EXPECTATION_FAILED = 417, "Expectation Failed";
    MISDIRECTED_REQUEST = 421, "Misdirected Request";
    UNPROCESSABLE_CONTENT = 422, "Unprocessable Content";
    UPGRADE_REQUIRED = 426, "Upgrade Required";
    TOO_MANY_REQUESTS = 429, "Too Many Requests";
    REQUEST_HEADER_FIELDS_TOO_LARGE = 431, "Request Header Fields Too Large";
    INTERNAL_SERVER_ERROR = 500, "Internal Server Error";
    NOT_IMPLEMENTED = 501, "Not Implemented";
    BAD_GATEWAY = 502, "Bad Gateway";
    SERVICE_UNAVAILABLE = 503, "Service Unavailable";
    GATEWAY_TIMEOUT = 504, "Gateway Timeout";
    HTTP_VERSION_NOT_SUPPORTED = 505, "HTTP Version Not Supported";
}

impl Status {
    /// The status with this code; `None` outside 100..=999.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 999 { Some(Self(code)) } else { None }
    }

    /// The reason phrase of RFC 9110; empty for a code without one.
    #[must_use]
    pub fn reason(self) -> &'static str {
        ascii_str(self.line().get(4..).unwrap_or(&[]))
    }

    /// The digits and the reason phrase; empty for a code without one.
    pub(crate) fn line(self) -> &'static [u8] {
        let digits = self.digits();
        let mut lines = LINES;
        loop {
            let (line, rest) = split_once(lines, b'\r');
            if line.starts_with(&digits) || line.is_empty() {
                return line;
            }
            lines = rest.unwrap_or(&[]);
        }
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Returns true for 1xx, which a final response follows (RFC 9110 section 15.2).
    #[must_use]
    pub const fn is_informational(self) -> bool {
        self.0 < 200
    }

    /// Returns true if messages with this status end after the head, whatever their fields (RFC 9112 section 6.3, item 1).
    #[must_use]
    pub const fn is_bodiless(self) -> bool {
        self.is_informational() || self.0 == 204 || self.0 == 304
    }

    /// The status `above` 400.
    pub(crate) const fn refusal(above: u8) -> Self {
        Self(400 + above as u16)
    }

    /// The three digits as sent.
    pub(crate) const fn digits(self) -> [u8; 3] {
        [b'0' + (self.0 / 100) as u8, b'0' + (self.0 / 10 % 10) as u8, b'0' + (self.0 % 10) as u8]
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_three_digits() {
        assert_eq!(Status::OK.digits(), *b"200");
        assert_eq!(Status::new(999).map(Status::digits), Some(*b"999"));
        assert_eq!(Status::new(99), None);
        assert_eq!(Status::new(1000), None);
    }

    #[test]
    fn statuses_without_a_body_are_those_of_rfc_9112() {
        let bodiless = (100..600).filter_map(Status::new).filter(|s| s.is_bodiless());
        assert!(bodiless.map(Status::code).eq((100..200).chain([204, 304])));
    }
}
