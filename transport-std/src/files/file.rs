//! The response with a file: its fields, conditional requests and ranges.
//!
//! Invariant: no two codings of a file share an `ETag`, and no `Last-Modified` is sent within the second that it names.

use std::fs::File;
use std::time::SystemTime;

use bantam::wire::{ByteRange, ByteRanges, Date, Method, Status, Validators};
use bantam::{Connection, RequestDetails, Response};

use super::byte_ranges::ByteRangesBody;
use super::chosen_by::ChosenBy;
use super::facts::{Etag, Facts, Version};
use super::media_type::ContentType;
use super::send::{send, send_to_end};
use super::stat::{FileStat, Time};
use super::text::Text;

/// 1990, before the web: a file is given such a time by a tool that wants every copy to be the same, and it says nothing.
const FIRST_SECOND: i64 = 631_152_000;

/// An open file with the values of its response's headers.
#[derive(Debug)]
pub(super) struct FileResponse {
    pub(super) file: File,
    /// `None` if the file has no size before it is read.
    pub(super) length: Option<u64>,
    pub(super) etag: Option<Etag>,
    pub(super) modified: Option<Text<29>>,
    pub(super) modified_is_strong: bool,
    pub(super) content_type: ContentType,
    pub(super) coding: Option<&'static str>,
    pub(super) chosen_by: ChosenBy,
    /// `Content-Disposition` of a file to be saved; `None` for one to be displayed.
    pub(super) saved_as: Option<Box<str>>,
    #[cfg(feature = "compress")]
    pub(super) version: Version,
    #[cfg(feature = "compress")]
    pub(super) facts: Facts,
}

impl FileResponse {
    pub(super) fn new(file: File, version: &Version, facts: Facts, chosen_by: ChosenBy) -> Box<Self> {
        let Version { stat, media_type, coding } = version;
        let length = facts.is_sized.then_some(stat.size);
        let is_told = length.is_some() && is_told(stat.modified, Time::of(SystemTime::now()));
        Box::new(Self {
            file,
            length,
            etag: facts.etag(stat.size, *coding),
            modified: if is_told { http_date(stat.modified) } else { None },
            modified_is_strong: is_told && is_time_of_change(stat),
            content_type: media_type.content_type(facts.found),
            coding: *coding,
            chosen_by,
            saved_as: None,
            #[cfg(feature = "compress")]
            version: *version,
            #[cfg(feature = "compress")]
            facts,
        })
    }

    /// The value of `Content-Type`.
    pub(super) fn content_type(&self) -> &str {
        self.content_type.as_str()
    }

    /// `None` if the file has no size before it is read.
    pub(super) const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Sends all of the file behind a head.
    ///
    /// # Errors
    /// What the connection fails with, or the file.
    pub(super) async fn send_whole<C: Connection>(
        self: Box<Self>,
        connection: &mut C,
    ) -> Result<(), C::Error> {
        match self.length {
            Some(length) => send(connection, &self.file, 0..length).await,
            None => send_to_end(connection, &self.file).await,
        }
    }

    /// Answers a GET or HEAD. `error_page` opens the page of a status.
    pub(super) async fn respond<C: Connection>(
        self: Box<Self>,
        details: &mut RequestDetails<'_, C>,
        cache_control: Option<&str>,
        error_page: impl Fn(Status) -> Option<Box<Self>>,
    ) -> Result<(), C::Error> {
        let validators = Validators {
            etag: self.etag.as_ref().map(Text::as_str),
            modified: self.modified.as_ref().map(Text::as_str),
            modified_is_strong: self.modified_is_strong,
        };
        // What has no length has no ranges: HEAD is not asked for any.
        let method = if self.length.is_some() { details.method } else { Method::Head };
        let length = self.length.unwrap_or_default();
        let (status, ranges) = validators.select_ranges(method, &details.headers, length);
        let (range, parts) = match ranges {
            ByteRanges::One(range) => (range, None),
            ByteRanges::Several(ranges) => {
                let (etag, content_type) = (validators.etag, self.content_type.as_str());
                let parts = ByteRangesBody::new(&ranges, length, etag, content_type, self.coding);
                (ByteRange::Whole, Some(Box::new(parts)))
            }
        };
        let content_range = range.content_range(length).map(|range| range.to_string());
        let range = match (status, range) {
            (Status::OK, _) => 0..length,
            (_, ByteRange::Range(range)) => range,
            _ => 0..0,
        };
        let failed = matches!(status, Status::PRECONDITION_FAILED | Status::RANGE_NOT_SATISFIABLE);
        let page = if failed { error_page(status) } else { None };
        {
            let parts_type = parts.as_ref().map(|parts| parts.content_type());
            let mut fields = Vec::with_capacity(10);
            fields.extend(self.chosen_by.vary().map(|vary| ("Vary", vary)));
            if status != Status::RANGE_NOT_SATISFIABLE {
                fields.extend(validators.etag.map(|etag| ("ETag", etag)));
                fields.extend(validators.modified.map(|modified| ("Last-Modified", modified)));
                fields.push(("Cache-Control", cache_control.unwrap_or("no-cache")));
            }
            if matches!(status, Status::OK | Status::PARTIAL_CONTENT) {
                fields.extend(self.length.map(|_| ("Accept-Ranges", "bytes")));
                let content_type = self.content_type.as_str();
                fields.push(("Content-Type", parts_type.as_deref().unwrap_or(content_type)));
                let coding = self.coding.filter(|_| parts.is_none());
                fields.extend(coding.map(|coding| ("Content-Encoding", coding)));
                fields.extend(self.saved_as.as_deref().map(|value| ("Content-Disposition", value)));
            }
            fields.extend(page.as_ref().map(|page| ("Content-Type", page.content_type())));
            fields.extend(content_range.as_deref().map(|range| ("Content-Range", range)));
            let response = Response::new(status).headers(&fields);
            let is_open_ended =
                status == Status::NOT_MODIFIED || status == Status::OK && self.length.is_none();
            let length = match (&page, &parts) {
                (Some(page), _) => page.length,
                (None, Some(parts)) => Some(parts.body_length()),
                (None, None) => (!is_open_ended).then_some(range.end - range.start),
            };
            let response = length.map_or(response, |length| response.length(length));
            details.connection.make_response(response).await?;
        }
        if let Some(parts) = parts {
            // Boxed: what is held across an await is memory of every connection.
            return Box::pin(parts.send(details.connection, &self.file)).await;
        }
        if let Some(page) = page.filter(|_| details.method != Method::Head) {
            return page.send_whole(details.connection).await;
        }
        match (details.method, status, self.length) {
            (Method::Head, ..) => Ok(()),
            (_, Status::OK, None) => send_to_end(details.connection, &self.file).await,
            _ => send(details.connection, &self.file, range).await,
        }
    }
}

/// Returns true for a time to state in `Last-Modified` (RFC 9110 section 8.8.2): none that says nothing, none in the future,
/// which would move with the clock, and none of the current second, in which the file may change again.
const fn is_told(modified: Time, now: Time) -> bool {
    modified.seconds >= FIRST_SECOND && now.seconds > modified.seconds
}

/// Returns true if the file got its content, and its place, in the second of this modification time. Then no other content
/// has been sent with the time: nothing is sent with it before the second is over. A copy that kept its time, and a time set
/// by a program, are no such proof.
const fn is_time_of_change(stat: &FileStat) -> bool {
    cfg!(unix) && stat.changed.seconds == stat.modified.seconds
}

/// An IMF-fixdate (RFC 9110 section 5.6.7); `None` beyond the year 9999.
fn http_date(time: Time) -> Option<Text<29>> {
    if time.seconds >= 253_402_300_800 {
        return None;
    }
    let mut text = Text::new();
    text.push(str::from_utf8(&Date::new(time.seconds.try_into().ok()?).imf_fixdate()).ok()?)?;
    Some(text)
}
