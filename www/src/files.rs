//! Responses with static files: conditional requests (RFC 9110 section 13) and ranges (section 14).

use bantam::wire::{ByteRange, Status, Validators};
use bantam::{Connection, RequestDetails, Response};

/// A file in the image.
#[derive(Debug)]
pub(crate) struct StaticFile {
    pub(crate) path: &'static str,
    /// Strong, with quotes.
    pub(crate) etag: &'static str,
    /// An IMF-fixdate, if the time of the file says anything.
    pub(crate) modified: Option<&'static str>,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// Returns the file at a decoded path. `files` are sorted by path.
pub(crate) fn find(files: &'static [StaticFile], path: &[u8]) -> Option<&'static StaticFile> {
    let index = files.binary_search_by(|file| file.path.as_bytes().cmp(path)).ok()?;
    files.get(index)
}

impl StaticFile {
    /// Responds to GET or HEAD. `no-cache`: a cache has to revalidate, so that it does not outlive a new build.
    pub(crate) async fn respond<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        // The date of a file is the same in two builds of one source date, whatever is in it: it names no version.
        let validators =
            Validators { etag: Some(self.etag), modified: self.modified, modified_is_strong: false };
        let (status, range) = validators.select(details.method, &details.headers, self.bytes.len() as u64);
        let content_range = range.content_range(self.bytes.len() as u64);
        let headers = [
            ("Last-Modified", self.modified.unwrap_or("")),
            ("ETag", self.etag),
            ("Cache-Control", "no-cache"),
            ("Accept-Ranges", "bytes"),
            ("Content-Type", self.content_type),
            ("Content-Range", content_range.as_deref().unwrap_or("")),
        ];
        let from = usize::from(self.modified.is_none());
        // Only 200 and 206 have a body and so a type; only 206 and 416 have Content-Range.
        let (fields, body) = match (status, &range) {
            (Status::OK, _) => (from..5, self.bytes),
            (_, ByteRange::Range(range)) => {
                let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
                (from..6, bounds.and_then(|(from, to)| self.bytes.get(from..to)).unwrap_or(&[]))
            }
            (_, ByteRange::Unsatisfiable) => (5..6, &[][..]),
            (_, ByteRange::Whole) => (from..3, &[][..]),
        };
        let headers = headers.get(fields).unwrap_or(&[]);
        let response = Response::new(status).headers(headers);
        let bodiless = status == Status::NOT_MODIFIED;
        details.connection.make_response(if bodiless { response } else { response.body(body) }).await
    }
}
