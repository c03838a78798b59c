//! Law: a page states a status, fields of its own and, if it knows it, a length; how the message is framed is the
//! core's business alone.

use crate::wire::Status;

/// A response as a page makes it.
///
/// ```
/// use bantam::{Response, wire::Status};
///
/// let page = Response::new(Status::OK).headers(&[("Content-Type", "text/plain")]).body(b"hello");
/// let stream = Response::new(Status::OK); // what `send` is given until the page returns
/// let big = Response::new(Status::OK).length(5_000_000_000); // exactly so much will be sent
/// let empty = Response::new(Status::NO_CONTENT);
/// # let _ = (page, stream, big, empty);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    pub(crate) status: Status,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) length: Option<u64>,
    pub(crate) body: &'a [u8],
}

impl<'a> Response<'a> {
    /// Without fields, and with a body of a length not known yet: chunked in HTTP/1.1, up to the close in HTTP/1.0. A
    /// status that has no body (204, 304) has none.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        Self { status, headers: &[], length: None, body: &[] }
    }

    /// The page's own fields. `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are not among them.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.headers = headers;
        self
    }

    /// The length of the body, which `send` is then given.
    #[must_use]
    pub const fn length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// The whole body.
    #[must_use]
    pub const fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self.length = Some(body.len() as u64);
        self
    }
}
