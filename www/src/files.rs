//! Law: a file that the client has already is not sent again (RFC 9110 section 13), nor what it has of one (section 14).

use bantam::wire::{ByteRange, Status, Validators};
use bantam::{Connection, RequestDetails, Response};

use crate::routes::FILES;

/// A file, as the build has found it.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    /// Strong, with its quotes.
    pub(crate) etag: &'static str,
    /// An IMF-fixdate.
    pub(crate) modified: &'static str,
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
        let validators = Validators { etag: Some(self.etag), modified: Some(self.modified) };
        let (status, part) = validators.select(details.method, &details.headers, self.bytes.len() as u64);
        let content_range = part.content_range(self.bytes.len() as u64);
        let headers = [
            ("ETag", self.etag),
            ("Last-Modified", self.modified),
            ("Cache-Control", "no-cache"),
            ("Accept-Ranges", "bytes"),
            ("Content-Type", self.content_type),
            ("Content-Range", content_range.as_deref().unwrap_or("")),
        ];
        // A refusal has no body, and so no type; only a part says which one it is.
        let (headers, body) = match (status, &part) {
            (Status::OK, _) => (&headers[..5], self.bytes),
            (_, ByteRange::Range(part)) => {
                let part = usize::try_from(part.start).ok().zip(usize::try_from(part.end).ok());
                (&headers[..], part.and_then(|(from, to)| self.bytes.get(from..to)).unwrap_or(&[]))
            }
            (_, ByteRange::Unsatisfiable) => (&headers[5..], &[][..]),
            (_, ByteRange::Whole) => (&headers[..3], &[][..]),
        };
        let response = Response::new(status).headers(headers);
        let bodiless = status == Status::NOT_MODIFIED;
        details.connection.make_response(if bodiless { response } else { response.body(body) }).await
    }
}
