//! The response with a file: the coding of its content, conditional requests and ranges.
//!
//! Invariant: no two codings of a file share an `ETag`, and no `Last-Modified` is sent within the second that it names.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bantam::wire::{ByteRange, Headers, Method, Status, Validators};
use bantam::{Connection, RequestDetails, Response};

use super::chosen_by::ChosenBy;
use super::facts::{FactCache, Facts};
use super::media_type::{Found, MediaType};
use super::open::{Opened, RootDir};
use super::send::{send, send_to_end};

/// Content codings in order of preference, each with the suffix of a file in that coding.
const CODINGS: [(&str, &str); 3] = [("br", "br"), ("zstd", "zst"), ("gzip", "gz")];
/// 1990, before the web: a file is given such a time by a tool that wants every copy to be the same, and it says nothing.
const FIRST_TIME: Duration = Duration::from_secs(631_152_000);

/// An open file with the values of its response's headers.
#[derive(Debug)]
pub(super) struct FileResponse {
    file: File,
    /// `None` if the file has no size before it is read.
    length: Option<u64>,
    etag: Option<String>,
    modified: Option<String>,
    modified_is_strong: bool,
    content_type: Cow<'static, str>,
    coding: Option<&'static str>,
    chosen_by: ChosenBy,
}

impl FileResponse {
    /// Chooses a file below the root, or a file beside it in a coding that the client prefers.
    pub(super) fn negotiate(
        (root, cache): (&RootDir, &FactCache),
        path: &Path,
        (file, metadata): (File, Metadata),
        headers: &Headers<'_>,
        mut chosen_by: ChosenBy,
    ) -> io::Result<Box<Self>> {
        let media_type = MediaType::of(path);
        let facts = cache.facts(&file, &metadata, media_type)?;
        let content_type = media_type.content_type(facts.found);
        // A file that is compressed by its name is not compressed twice.
        if facts.found == Found::Gzip {
            return Ok(Self::new(file, &metadata, facts, content_type, Some("gzip"), chosen_by));
        }
        chosen_by.accept_encoding = true;
        for (coding, suffix) in accepted_codings(headers) {
            let path = path.with_added_extension(suffix);
            if let Some(Opened::File(file, metadata)) = root.open_path(&path)? {
                let facts = cache.facts(&file, &metadata, MediaType::of(&path))?;
                return Ok(Self::new(file, &metadata, facts, content_type, Some(coding), chosen_by));
            }
        }
        Ok(Self::new(file, &metadata, facts, content_type, None, chosen_by))
    }

    fn new(
        file: File,
        metadata: &Metadata,
        facts: Facts,
        content_type: Cow<'static, str>,
        coding: Option<&'static str>,
        chosen_by: ChosenBy,
    ) -> Box<Self> {
        let length = facts.is_sized.then_some(metadata.len());
        let etag = facts.etag(metadata.len(), coding);
        let modified = length.and_then(|_| last_modified(metadata, SystemTime::now()));
        let modified_is_strong = modified.is_some_and(|modified| is_time_of_change(metadata, modified));
        let modified = modified.map(httpdate::fmt_http_date);
        Box::new(Self { file, length, etag, modified, modified_is_strong, content_type, coding, chosen_by })
    }

    /// Answers a GET or HEAD.
    pub(super) async fn respond<C: Connection>(
        self: Box<Self>,
        details: &mut RequestDetails<'_, C>,
        cache_control: Option<&str>,
    ) -> Result<(), C::Error> {
        let validators = Validators {
            etag: self.etag.as_deref(),
            modified: self.modified.as_deref(),
            modified_is_strong: self.modified_is_strong,
        };
        // What has no length has no ranges: HEAD is not asked for any.
        let method = if self.length.is_some() { details.method } else { Method::Head };
        let length = self.length.unwrap_or_default();
        let (status, range) = validators.select(method, &details.headers, length);
        let content_range = range.content_range(length).map(|range| range.to_string());
        let range = match (status, range) {
            (Status::OK, _) => 0..length,
            (_, ByteRange::Range(range)) => range,
            _ => 0..0,
        };
        {
            let mut fields = Vec::with_capacity(10);
            fields.extend(self.chosen_by.vary().map(|vary| ("Vary", vary)));
            if status != Status::RANGE_NOT_SATISFIABLE {
                fields.extend(self.etag.as_deref().map(|etag| ("ETag", etag)));
                fields.extend(self.modified.as_deref().map(|modified| ("Last-Modified", modified)));
                fields.push(("Cache-Control", cache_control.unwrap_or("no-cache")));
            }
            if matches!(status, Status::OK | Status::PARTIAL_CONTENT) {
                fields.extend(self.length.map(|_| ("Accept-Ranges", "bytes")));
                fields.push(("Content-Type", &self.content_type));
                fields.extend(self.coding.map(|coding| ("Content-Encoding", coding)));
            }
            fields.extend(content_range.as_deref().map(|range| ("Content-Range", range)));
            let response = Response::new(status).headers(&fields);
            let is_open_ended =
                status == Status::NOT_MODIFIED || status == Status::OK && self.length.is_none();
            let length = range.end - range.start;
            let response = if is_open_ended { response } else { response.length(length) };
            details.connection.make_response(response).await?;
        }
        match (details.method, status, self.length) {
            (Method::Head, ..) => Ok(()),
            (_, Status::OK, None) => send_to_end(details.connection, &self.file).await,
            _ => send(details.connection, &self.file, range).await,
        }
    }
}

/// The time to state in `Last-Modified` (RFC 9110 section 8.8.2): none that says nothing, none in the future, which would
/// move with the clock, and none of the current second, in which the file may change again.
fn last_modified(metadata: &Metadata, now: SystemTime) -> Option<SystemTime> {
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok().map(|time| time.as_secs());
    let modified = metadata.modified().ok()?;
    let is_told = seconds(modified)? >= FIRST_TIME.as_secs() && seconds(now)? > seconds(modified)?;
    is_told.then_some(modified)
}

/// Returns true if the file got its content, and its place, in the second of this modification time. Then no other content
/// has been sent with the time: nothing is sent with it before the second is over. A copy that kept its time, and a time set
/// by a program, are no such proof.
fn is_time_of_change(metadata: &Metadata, modified: SystemTime) -> bool {
    #[cfg(unix)]
    {
        let changed = std::os::unix::fs::MetadataExt::ctime(metadata);
        let modified = modified.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        u64::try_from(changed).is_ok_and(|changed| changed == modified)
    }
    #[cfg(not(unix))]
    {
        let _ = (metadata, modified);
        false
    }
}

/// The codings that the client prefers to `identity` or likes as much, by its quality values and then by ours.
fn accepted_codings(headers: &Headers<'_>) -> Vec<(&'static str, &'static str)> {
    if headers.first("accept-encoding").is_none() {
        return Vec::new();
    }
    let least = headers.coding_quality("identity").max(1);
    let weighed = CODINGS.into_iter().map(|coding| (headers.coding_quality(coding.0), coding));
    let mut accepted: Vec<_> = weighed.filter(|(quality, _)| *quality >= least).collect();
    accepted.sort_by_key(|(quality, _)| Reverse(*quality));
    accepted.into_iter().map(|(_, coding)| coding).collect()
}
