//! Law: a file that the client has already is not sent again (RFC 9110 section 13).

use bantam::wire::{Headers, Status};
use bantam::{Connection, RequestDetails, Response};

use crate::routes::FILES;

/// A file, as the build has found it.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    /// Strong, with its quotes.
    pub(crate) etag: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// The file at a path without escapes.
pub(crate) fn at(path: &[u8]) -> Option<&'static File> {
    let found = FILES.binary_search_by(|file| file.path.as_bytes().cmp(path)).ok()?;
    FILES.get(found)
}

impl File {
    /// Answers a GET or HEAD for this file. It may be kept but has to be asked for again: no cache outlives a new build.
    pub(crate) async fn answer<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let unchanged = is_known(&details.headers, self.etag);
        let headers =
            [("ETag", self.etag), ("Cache-Control", "no-cache"), ("Content-Type", self.content_type)];
        let response = if unchanged {
            Response::new(Status::NOT_MODIFIED).headers(&headers[..2])
        } else {
            Response::new(Status::OK).headers(&headers).body(self.bytes)
        };
        details.connection.make_response(response).await
    }
}

/// Does `If-None-Match` name this tag? Weak comparison, RFC 9110 sections 8.8.3.2 and 13.1.2.
fn is_known(headers: &Headers<'_>, etag: &str) -> bool {
    headers
        .list("if-none-match")
        .any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag.as_bytes())
}
