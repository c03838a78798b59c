//! Request methods, RFC 9110 section 9: case-sensitive tokens.

use core::fmt;

use crate::slice::ascii_str;

/// A request method. A token that RFC 9110 and RFC 5789 do not define is [`Method::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is named like its token")]
pub enum Method<'a> {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
    /// Any other token, as sent.
    Other(&'a str),
}

/// The methods with a variant of their own, the most frequent first.
pub(crate) const KNOWN: [(&str, Method<'static>); 9] = [
    ("GET", Method::Get),
    ("HEAD", Method::Head),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("DELETE", Method::Delete),
    ("CONNECT", Method::Connect),
    ("OPTIONS", Method::Options),
    ("TRACE", Method::Trace),
    ("PATCH", Method::Patch),
];

impl<'a> Method<'a> {
    /// The method of this name. The caller has validated the token.
    pub(crate) fn of(token: &'a [u8]) -> Self {
        match KNOWN.iter().find(|(name, _)| name.as_bytes() == token) {
            Some((_, method)) => *method,
            None => Self::Other(ascii_str(token)),
        }
    }

    /// The token.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Other(token) => token,
            known => KNOWN.iter().find(|(_, method)| *method == known).map_or("", |(name, _)| name),
        }
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_case_sensitive() {
        assert_eq!(Method::of(b"GET"), Method::Get);
        assert_eq!(Method::of(b"get"), Method::Other("get"));
        assert_eq!(Method::of(b"BREW").as_str(), "BREW");
    }
}
