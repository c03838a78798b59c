//! Law: a file is known by its size and time, and so is each coding of it: no two of them ever share a tag.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bantam::wire::{ByteRange, Headers, Method, Status, Validators};
use bantam::{Connection, RequestDetails, Response};

use super::open::{Found, Tree};
use super::{ServeDir, beside, send};

/// The codings that a sibling may have, the best one first, and what its name ends in.
const CODINGS: [(&str, &str); 3] = [("br", "br"), ("zstd", "zst"), ("gzip", "gz")];
/// A file that was changed so recently may change again while its time stays the same: the coarsest clock of a file system
/// counts two seconds.
const UNSETTLED: Duration = Duration::from_secs(2);

/// A file about to be sent.
#[derive(Debug)]
pub(super) struct Served {
    file: File,
    length: u64,
    etag: String,
    modified: String,
    content_type: String,
    coding: Option<&'static str>,
}

impl Served {
    /// A file of the tree, or the sibling of it that the client likes best.
    pub(super) fn of(
        tree: &Tree,
        path: &Path,
        file: File,
        about: &Metadata,
        headers: &Headers<'_>,
    ) -> io::Result<Box<Self>> {
        let content_type = content_type(path);
        for (coding, extension) in wanted(headers) {
            if let Some(Found::File(file, about)) = tree.open(&beside(path, extension))? {
                return Ok(Self::new(file, &about, content_type, Some(coding)));
            }
        }
        Ok(Self::new(file, about, content_type, None))
    }

    fn new(file: File, about: &Metadata, content_type: String, coding: Option<&'static str>) -> Box<Self> {
        let now = SystemTime::now();
        // Nothing is modified after it was sent (RFC 9110 section 8.8.2.1).
        let changed = about.modified().unwrap_or(UNIX_EPOCH).clamp(UNIX_EPOCH, now.max(UNIX_EPOCH));
        let nanoseconds = changed.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let settled = now.duration_since(changed).is_ok_and(|age| age > UNSETTLED);
        let (weak, length) = (if settled { "" } else { "W/" }, about.len());
        let suffix = coding.map(|coding| format!("-{coding}")).unwrap_or_default();
        let etag = format!("{weak}\"{nanoseconds:x}-{length:x}{suffix}\"");
        let modified = httpdate::fmt_http_date(changed);
        Box::new(Self { file, length, etag, modified, content_type, coding })
    }

    pub(super) async fn answer<C: Connection>(
        self: Box<Self>,
        root: &ServeDir,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let validators = Validators { etag: Some(&self.etag), modified: Some(&self.modified) };
        let (status, part) = validators.select(details.method, &details.headers, self.length);
        let range = part.content_range(self.length).map(|range| range.to_string());
        let part = match (status, part) {
            (Status::OK, _) => 0..self.length,
            (_, ByteRange::Range(part)) => part,
            _ => 0..0,
        };
        {
            let mut fields = root.policy(&details.headers, "Accept-Encoding");
            if status != Status::RANGE_NOT_SATISFIABLE {
                fields.extend([("ETag", &*self.etag), ("Last-Modified", &self.modified)]);
                fields.push(("Cache-Control", root.cache_control.as_deref().unwrap_or("no-cache")));
            }
            if matches!(status, Status::OK | Status::PARTIAL_CONTENT) {
                fields.extend([("Accept-Ranges", "bytes"), ("Content-Type", &self.content_type)]);
                fields.extend(self.coding.map(|coding| ("Content-Encoding", coding)));
            }
            fields.extend(range.as_deref().map(|range| ("Content-Range", range)));
            let response = Response::new(status).headers(&fields);
            let length = part.end - part.start;
            let response = if status == Status::NOT_MODIFIED { response } else { response.length(length) };
            details.connection.make_response(response).await?;
        }
        if details.method == Method::Head {
            return Ok(());
        }
        send::send(details.connection, &self.file, part).await
    }
}

/// The codings that are at least as welcome as none, the most welcome first, and the best among equals.
fn wanted(headers: &Headers<'_>) -> Vec<(&'static str, &'static str)> {
    if headers.first("accept-encoding").is_none() {
        return Vec::new();
    }
    let quality = |coding: &(&str, &str)| headers.coding_quality(coding.0);
    let least = headers.coding_quality("identity").max(1);
    let mut wanted: Vec<_> = CODINGS.into_iter().filter(|coding| quality(coding) >= least).collect();
    wanted.sort_by_key(|coding| std::cmp::Reverse(quality(coding)));
    wanted
}

fn content_type(path: &Path) -> String {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    // JSON is UTF-8 by definition and has no such parameter (RFC 8259 section 11).
    let text = guess.type_() == "text" || guess.subtype() == "javascript";
    if text { format!("{guess}; charset=utf-8") } else { guess.to_string() }
}
