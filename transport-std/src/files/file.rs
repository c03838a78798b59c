//! The response with a file: the coding of its content, conditional requests and ranges.
//!
//! Invariant: the `ETag` is made of modification time, size and coding, so that no two codings of a file share one.

use std::cmp::Reverse;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bantam::wire::{ByteRange, Headers, Method, Status, Validators};
use bantam::{Connection, RequestDetails, Response};

use super::cors::{ChosenBy, Cors};
use super::open::{Opened, RootDir};
use super::send::send;

/// Content codings in order of preference, each with the suffix of a file in that coding.
const CODINGS: [(&str, &str); 3] = [("br", "br"), ("zstd", "zst"), ("gzip", "gz")];
/// The coarsest modification time of a file system (FAT): within it a file can change twice and keep its time.
const MTIME_GRANULARITY: Duration = Duration::from_secs(2);

/// An open file with the values of its response's headers.
#[derive(Debug)]
pub(super) struct FileResponse {
    file: File,
    length: u64,
    etag: String,
    modified: String,
    content_type: String,
    coding: Option<&'static str>,
    chosen_by: ChosenBy,
}

impl FileResponse {
    /// Chooses a file below the root, or a file beside it in a coding that the client prefers.
    pub(super) fn negotiate(
        root: &RootDir,
        path: &Path,
        file: File,
        metadata: &Metadata,
        headers: &Headers<'_>,
        mut chosen_by: ChosenBy,
    ) -> io::Result<Box<Self>> {
        chosen_by.accept_encoding = true;
        let content_type = content_type(path);
        for (coding, suffix) in accepted_codings(headers) {
            if let Some(Opened::File(file, metadata)) = root.open_path(&path.with_added_extension(suffix))? {
                return Ok(Self::new(file, &metadata, content_type, Some(coding), chosen_by));
            }
        }
        Ok(Self::new(file, metadata, content_type, None, chosen_by))
    }

    fn new(
        file: File,
        metadata: &Metadata,
        content_type: String,
        coding: Option<&'static str>,
        chosen_by: ChosenBy,
    ) -> Box<Self> {
        let now = SystemTime::now();
        // Last-Modified is not later than the response (RFC 9110 section 8.8.2.1).
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH).clamp(UNIX_EPOCH, now.max(UNIX_EPOCH));
        let nanoseconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mtime_is_stable = now.duration_since(modified).is_ok_and(|age| age > MTIME_GRANULARITY);
        let (weak, length) = (if mtime_is_stable { "" } else { "W/" }, metadata.len());
        let suffix = coding.map(|coding| format!("-{coding}")).unwrap_or_default();
        let etag = format!("{weak}\"{nanoseconds:x}-{length:x}{suffix}\"");
        let modified = httpdate::fmt_http_date(modified);
        Box::new(Self { file, length, etag, modified, content_type, coding, chosen_by })
    }

    /// Answers a GET or HEAD.
    pub(super) async fn respond<C: Connection>(
        self: Box<Self>,
        details: &mut RequestDetails<'_, C>,
        cors: &Cors,
        cache_control: Option<&str>,
    ) -> Result<(), C::Error> {
        let validators = Validators { etag: Some(&self.etag), modified: Some(&self.modified) };
        let (status, range) = validators.select(details.method, &details.headers, self.length);
        let content_range = range.content_range(self.length).map(|range| range.to_string());
        let range = match (status, range) {
            (Status::OK, _) => 0..self.length,
            (_, ByteRange::Range(range)) => range,
            _ => 0..0,
        };
        {
            let mut fields = cors.headers(&details.headers, self.chosen_by);
            if status != Status::RANGE_NOT_SATISFIABLE {
                fields.extend([("ETag", &*self.etag), ("Last-Modified", &self.modified)]);
                fields.push(("Cache-Control", cache_control.unwrap_or("no-cache")));
            }
            if matches!(status, Status::OK | Status::PARTIAL_CONTENT) {
                fields.extend([("Accept-Ranges", "bytes"), ("Content-Type", &self.content_type)]);
                fields.extend(self.coding.map(|coding| ("Content-Encoding", coding)));
            }
            fields.extend(content_range.as_deref().map(|range| ("Content-Range", range)));
            let response = Response::new(status).headers(&fields);
            let length = range.end - range.start;
            let response = if status == Status::NOT_MODIFIED { response } else { response.length(length) };
            details.connection.make_response(response).await?;
        }
        if details.method == Method::Head {
            return Ok(());
        }
        send(details.connection, &self.file, range).await
    }
}

/// The codings that the client prefers to `identity` or likes as much, by its quality values and then by ours.
fn accepted_codings(headers: &Headers<'_>) -> Vec<(&'static str, &'static str)> {
    if headers.first("accept-encoding").is_none() {
        return Vec::new();
    }
    let quality = |coding: &(&str, &str)| headers.coding_quality(coding.0);
    let least = headers.coding_quality("identity").max(1);
    let mut accepted: Vec<_> = CODINGS.into_iter().filter(|coding| quality(coding) >= least).collect();
    accepted.sort_by_key(|coding| Reverse(quality(coding)));
    accepted
}

fn content_type(path: &Path) -> String {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    // JSON is UTF-8 by definition and has no such parameter (RFC 8259 section 11).
    let text = guess.type_() == "text" || guess.subtype() == "javascript";
    if text { format!("{guess}; charset=utf-8") } else { guess.to_string() }
}
