//! Parsed heads of responses, RFC 9112 section 4, as views of the bytes they were parsed from, and their framing, section 6.3.
//!
//! Invariant: the end of a body is certain, or the response is refused.

use crate::error::Rejection;
use crate::method::Method;
use crate::status::Status;
use crate::wire::fields::headers::{Headers, members};
use crate::wire::grammar::decimal;
use crate::wire::head::flags::Flags;
use crate::wire::head::framing::{BodyLength, is_chunked};
use crate::wire::head::version::Version;

/// The head of a response, RFC 9112 section 4.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    /// The version.
    pub version: Version,
    /// The status code, 100 to 999.
    pub status: Status,
    /// The reason phrase as sent: any bytes except controls, often empty.
    pub reason: &'a [u8],
    /// The header fields. The value of a folded line has the CR LF of the fold in it, unless [`unfold`](crate::wire::unfold)
    /// has replaced them.
    pub headers: Headers<'a>,
}

impl<'a> ResponseHead<'a> {
    /// How the end of the body is found, after a request with this method (RFC 9112 section 6.3). No body follows a
    /// response to HEAD. After a 101, and a 2xx to CONNECT, the next byte is the first of another protocol.
    ///
    /// Transfer codings other than chunked do not change the end of a body, and are not decoded: `Transfer-Encoding` names
    /// them. Without a last chunked the body goes on until the close.
    ///
    /// # Errors
    /// [`Rejection::BadContentLength`], [`Rejection::BadTransferEncoding`] and [`Rejection::AmbiguousLength`]: the end of the
    /// body is unknown, and the connection must be closed.
    pub fn body_after(&self, method: Method<'_>) -> Result<BodyLength, Rejection> {
        let tunnel = method == Method::Connect && self.status.code() / 100 == 2;
        if tunnel || method == Method::Head || self.status.is_bodiless() {
            return Ok(BodyLength::Known(0));
        }
        match (self.ends_chunked()?, self.content_length()?) {
            (Some(_), Some(_)) => Err(Rejection::AmbiguousLength),
            // Section 6.1: the framing of a 1.0 message with Transfer-Encoding is faulty.
            (Some(_), None) if self.version == Version::Http10 => Err(Rejection::BadTransferEncoding),
            (Some(true), None) => Ok(BodyLength::Chunked),
            (None, Some(length)) => Ok(BodyLength::Known(length)),
            (Some(false) | None, None) => Ok(BodyLength::UntilClose),
        }
    }

    /// Returns true if the server keeps the connection open after this response (RFC 9112 section 9.3). A body that goes on
    /// until the close ends the connection in any case.
    #[must_use]
    pub fn persists(&self) -> bool {
        let mut flags = Flags::NONE;
        self.list("connection").for_each(|option| flags.set_option(option));
        flags.persists(self.version)
    }

    /// The members of a list, of all lines, folded or not.
    fn list(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let members = self.headers.all(name).flat_map(members).map(<[u8]>::trim_ascii);
        members.filter(|member| !member.is_empty())
    }

    /// The number that each member of each `Content-Length` states, section 6.3, item 5.
    fn content_length(&self) -> Result<Option<u64>, Rejection> {
        let mut length = None;
        for member in self.headers.all("content-length").flat_map(|value| value.split(|byte| *byte == b',')) {
            length = match (decimal(member.trim_ascii()), length) {
                (Ok(([], this)), None) => Some(this),
                (Ok(([], this)), Some(other)) if this == other => length,
                _ => return Err(Rejection::BadContentLength),
            };
        }
        Ok(length)
    }

    /// Whether chunked is the last transfer coding; `None` without `Transfer-Encoding`.
    fn ends_chunked(&self) -> Result<Option<bool>, Rejection> {
        let (mut last, mut seen) = (None, false);
        for coding in self.list("transfer-encoding") {
            let is_chunked = is_chunked(coding)?;
            // Section 6.1: chunked is applied once.
            if is_chunked && seen {
                return Err(Rejection::BadTransferEncoding);
            }
            (last, seen) = (Some(is_chunked), seen || is_chunked);
        }
        if last.is_none() && self.headers.first("transfer-encoding").is_some() {
            return Err(Rejection::BadTransferEncoding);
        }
        Ok(last)
    }
}
