//! [`Response`]: a response as a page states it. The core alone frames it.

use crate::wire::Status;

/// A response as a page makes it. A `Connection` reads its fields in `make_response`.
///
/// ```
/// use bantam::{Response, wire::Status};
///
/// let page = Response::new(Status::OK).headers(&[("Content-Type", "text/plain")]).body(b"hello");
/// let stream = Response::new(Status::OK); // the body is what `send` sends until the page returns
/// let big = Response::new(Status::OK).length(5_000_000_000); // `send` has to send exactly so many bytes
/// let empty = Response::new(Status::NO_CONTENT);
/// assert_eq!((page.length, stream.length), (Some(5), None));
/// # let _ = (big, empty);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Response<'a> {
    /// The status.
    pub status: Status,
    /// The page's own fields.
    pub headers: &'a [(&'a str, &'a str)],
    /// The length of the body in bytes; `None` if it is not known yet.
    pub length: Option<u64>,
    /// What of the body is sent with the head: nothing, or all of it.
    pub body: &'a [u8],
}

impl<'a> Response<'a> {
    /// A response without fields, and with a body whose length is not known yet: chunked in HTTP/1.1, ended by the close in
    /// HTTP/1.0. A status without a body (204, 304) has none.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        Self { status, headers: &[], length: None, body: &[] }
    }

    /// Sets the page's own fields. `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the core's: with one of
    /// them `make_response` fails with [`Misuse::ReservedHeader`](crate::Misuse::ReservedHeader).
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the length in bytes of the body that `send` sends.
    #[must_use]
    pub const fn length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// Sets the whole body, and its length.
    #[must_use]
    pub const fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self.length = Some(body.len() as u64);
        self
    }
}
