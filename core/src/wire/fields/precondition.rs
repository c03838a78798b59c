//! Conditional requests, RFC 9110 section 13.
//!
//! Invariant: conditions are evaluated in the order of section 13.2.2. An invalid date counts as absent; the first member of a
//! list of tags that is not a tag ends the list.

use crate::method::Method;
use crate::slice::{split_at, split_once, trim};
use crate::status::Status;
use crate::wire::fields::date::packed;
use crate::wire::fields::headers::Headers;
use crate::wire::fields::range::ByteRange;
use crate::wire::fields::ranges::ByteRanges;

/// The validators of a representation (RFC 9110 section 8.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validators<'a> {
    /// Its `ETag`, with the quotes, and `W/` before a weak one.
    pub etag: Option<&'a str>,
    /// Its `Last-Modified`.
    pub modified: Option<&'a str>,
    /// No other version can have been sent with this `Last-Modified`: it is a strong validator (section 8.8.2.2), and may be
    /// named in `If-Range`. False where the time was set by a program, such as a copy or a reproducible build, or where the
    /// representation could change twice within its second.
    pub modified_is_strong: bool,
}

/// The result of a request's conditions (RFC 9110 section 13.2.2), which has no fourth case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Respond as if there were no conditions.
    Passed,
    /// 304: the client has the current representation.
    NotModified,
    /// 412: the client expects another representation.
    Failed,
}

impl Validators<'_> {
    /// Evaluates `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since` of a request for this
    /// representation. `safe` is true for GET and HEAD.
    ///
    /// Only for a response that would otherwise be 2xx: a condition does not turn a 404 into another error (section 13.2.1).
    ///
    /// ```
    /// use bantam::wire::{Validators, Precondition, request_head};
    ///
    /// let file = Validators { etag: Some("\"v2\""), ..Validators::default() };
    /// let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\", W/\"v2\"\r\n\r\n").unwrap();
    /// assert_eq!(file.evaluate(&head.headers, true), Precondition::NotModified);
    /// ```
    #[must_use]
    pub fn evaluate(&self, headers: &Headers<'_>, safe: bool) -> Precondition {
        if headers.first("if-match").is_some() {
            if !self.matches_tag(headers, "if-match", false) {
                return Precondition::Failed;
            }
        } else if self.is_newer_than(headers, "if-unmodified-since") == Some(true) {
            return Precondition::Failed;
        }
        if headers.first("if-none-match").is_some() {
            if self.matches_tag(headers, "if-none-match", true) {
                return if safe { Precondition::NotModified } else { Precondition::Failed };
            }
        } else if safe && self.is_newer_than(headers, "if-modified-since") == Some(false) {
            return Precondition::NotModified;
        }
        Precondition::Passed
    }

    /// The part of this representation, of `length` bytes, that a GET selects by `Range`; everything if `If-Range` names
    /// another version, or a date that is no strong validator (sections 13.1.5 and 14.2). For GET only.
    #[must_use]
    pub fn range(&self, headers: &Headers<'_>, length: u64) -> ByteRange {
        self.range_field(headers).map_or(ByteRange::Whole, |range| ByteRange::parse(range, length))
    }

    /// Like [`Self::range`], but up to eight parts are selected.
    #[must_use]
    pub fn ranges(&self, headers: &Headers<'_>, length: u64) -> ByteRanges {
        let whole = ByteRanges::One(ByteRange::Whole);
        self.range_field(headers).map_or(whole, |range| ByteRanges::parse(range, length))
    }

    /// The value of `Range`, if there is one and `If-Range` lets it count.
    fn range_field<'h>(&self, headers: &Headers<'h>) -> Option<&'h [u8]> {
        let range = headers.only("range")?;
        let same = |version: &[u8]| {
            // A weak tag never matches, and a strong date only in the spelling that was sent.
            let etag = self.etag.filter(|etag| !etag.starts_with("W/"));
            let modified = self.modified.filter(|_| self.modified_is_strong);
            [etag, modified].into_iter().flatten().any(|ours| ours.as_bytes() == version)
        };
        let counts = headers.first("if-range").is_none() || headers.only("if-range").is_some_and(same);
        counts.then_some(range)
    }

    /// The status of the response to a GET or HEAD for this representation, of `length` bytes (200, 206, 304, 412 or 416), and
    /// the part to send with a 200 or 206.
    #[must_use]
    pub fn select(&self, method: Method<'_>, headers: &Headers<'_>, length: u64) -> (Status, ByteRange) {
        match self.status_without_range(method, headers) {
            Some(status) => (status, ByteRange::Whole),
            None => {
                let range = self.range(headers, length);
                (range.status(), range)
            }
        }
    }

    /// Like [`Self::select`], but up to eight parts are selected: `multipart/byteranges` (RFC 9110 section 14.6).
    #[must_use]
    pub fn select_ranges(
        &self,
        method: Method<'_>,
        headers: &Headers<'_>,
        length: u64,
    ) -> (Status, ByteRanges) {
        match self.status_without_range(method, headers) {
            Some(status) => (status, ByteRanges::One(ByteRange::Whole)),
            None => {
                let ranges = self.ranges(headers, length);
                (ranges.status(), ranges)
            }
        }
    }

    /// The status where no `Range` counts; `None` where it does.
    fn status_without_range(&self, method: Method<'_>, headers: &Headers<'_>) -> Option<Status> {
        match self.evaluate(headers, true) {
            Precondition::NotModified => Some(Status::NOT_MODIFIED),
            Precondition::Failed => Some(Status::PRECONDITION_FAILED),
            // Ranges are for GET alone (section 14.2).
            Precondition::Passed => (method != Method::Get).then_some(Status::OK),
        }
    }

    /// Returns true if the field lists the entity tag, or `*`. In a strong comparison (`weak` is false) a weak tag equals
    /// nothing (section 8.8.3.2).
    fn matches_tag(&self, headers: &Headers<'_>, name: &str, weak: bool) -> bool {
        let ours = self.etag.map(str::as_bytes).map(split_weak);
        let ours = ours.filter(|(is_weak, _)| weak || !is_weak).map(|(_, tag)| tag);
        headers.all(name).any(|value| {
            value == b"*"
                || entity_tags(value)
                    .any(|(is_weak, tag)| (weak || !is_weak) && ours.is_some_and(|ours| ours == tag))
        })
    }

    /// Returns true if the modification is after the date of this field; `None` if either has no date.
    fn is_newer_than(&self, headers: &Headers<'_>, name: &str) -> Option<bool> {
        let date = headers.only(name)?;
        Some(packed(self.modified?.as_bytes())? > packed(date)?)
    }
}

/// Whether the tag is weak, and the tag without `W/`.
fn split_weak(tag: &[u8]) -> (bool, &[u8]) {
    match tag {
        [b'W', b'/', tag @ ..] => (true, tag),
        _ => (false, tag),
    }
}

/// The entity tags of a list (RFC 9110 section 8.8.3), whether each is weak, with their quotes. Ends at the first member that
/// is not one. A backslash does not escape in them, unlike in the quoted strings of other lists.
///
/// ```
/// let tags = bantam::wire::entity_tags(b"\"a,b\", W/\"c\"");
/// assert!(tags.eq([(false, &b"\"a,b\""[..]), (true, b"\"c\"")]));
/// ```
pub fn entity_tags(list: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    let mut rest = list;
    core::iter::from_fn(move || {
        while let [b' ' | b'\t' | b',', behind @ ..] = rest {
            rest = behind;
        }
        let (weak, quoted) = split_weak(rest);
        let [b'"', inside @ ..] = quoted else { return None };
        let (tag, behind) = split_once(inside, b'"');
        let behind = trim(behind?);
        // A member ends at a comma. White space and controls are no part of a tag.
        if !matches!(behind, [] | [b',', ..]) || tag.iter().any(|byte| matches!(byte, 0..=b' ' | 0x7f)) {
            return None;
        }
        rest = behind;
        Some((weak, split_at(quoted, tag.len() + 2).0))
    })
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;
    use crate::wire::request_head;

    const FILE: Validators<'_> = Validators {
        etag: Some("\"v2\""),
        modified: Some("Sun, 06 Nov 1994 08:49:37 GMT"),
        modified_is_strong: true,
    };
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const THEN: &str = "Sunday, 06-Nov-94 08:49:37 GMT";

    fn evaluate(file: &Validators<'_>, fields: &[(&str, &str)], safe: bool) -> Precondition {
        let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        file.evaluate(&request_head(head.as_bytes()).unwrap().1.headers, safe)
    }

    #[test]
    fn each_condition_alone() {
        use Precondition::{Failed, NotModified, Passed};
        for (name, value, expected) in [
            ("If-Match", "\"v2\"", Passed),
            ("If-Match", "\"v1\", \"v2\"", Passed),
            ("If-Match", "*", Passed),
            ("If-Match", "\"v1\"", Failed),
            ("If-Match", "W/\"v2\"", Failed),
            ("If-Match", "", Failed),
            ("If-None-Match", "\"v2\"", NotModified),
            ("If-None-Match", "W/\"v2\"", NotModified),
            ("If-None-Match", "*", NotModified),
            ("If-None-Match", "\"v1\"", Passed),
            ("If-None-Match", "v2", Passed),
            ("If-None-Match", "\"v1\\\", \"v2\"", NotModified),
            ("If-None-Match", "\"a, \"v2\"\"", Passed),
            ("If-None-Match", "\"\", \"a-long-one\",\"v2\"", NotModified),
            ("If-None-Match", ",, \"v2\" ,", NotModified),
            ("If-None-Match", "\"v1\" \"v2\"", Passed),
            ("If-None-Match", "\"v2\" \"v1\"", Passed),
            ("If-None-Match", "\"v2\";x", Passed),
            ("If-None-Match", "\"a b\", \"v2\"", Passed),
            ("If-None-Match", "w/\"v2\"", Passed),
            ("If-None-Match", "W/ \"v2\"", Passed),
            ("If-None-Match", "*, \"v1\"", Passed),
            ("If-Match", "\"v2\" \"v1\"", Failed),
            ("If-Modified-Since", BEFORE, Passed),
            ("If-Modified-Since", THEN, NotModified),
            ("If-Modified-Since", "yesterday", Passed),
            ("If-Unmodified-Since", BEFORE, Failed),
            ("If-Unmodified-Since", "Wed, 31 Dec 1969 23:59:59 GMT", Failed),
            ("If-Unmodified-Since", "Sat, 01 Jan 0000 00:00:00 GMT", Failed),
            ("If-Modified-Since", "Wed, 31 Dec 1969 23:59:59 GMT", Passed),
            ("If-Modified-Since", "Xyz, 06 Nov 1994 08:49:37 GMT", Passed),
            ("If-Unmodified-Since", THEN, Passed),
            ("If-Unmodified-Since", "yesterday", Passed),
        ] {
            assert_eq!(evaluate(&FILE, &[(name, value)], true), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_tag_precedes_a_date() {
        let both = [("If-None-Match", "\"v1\""), ("If-Modified-Since", THEN)];
        assert_eq!(evaluate(&FILE, &both, true), Precondition::Passed);
        let both = [("If-Match", "\"v2\""), ("If-Unmodified-Since", BEFORE)];
        assert_eq!(evaluate(&FILE, &both, true), Precondition::Passed);
        let both = [("If-Match", "\"v1\""), ("If-None-Match", "\"v2\"")];
        assert_eq!(evaluate(&FILE, &both, true), Precondition::Failed);
        let both = [("If-Unmodified-Since", THEN), ("If-None-Match", "\"v2\"")];
        assert_eq!(evaluate(&FILE, &both, true), Precondition::NotModified);
    }

    #[test]
    fn a_range_is_for_get_alone_and_comes_after_the_conditions() {
        let answer = |method, fields: &str| {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            FILE.select(method, &request_head(head.as_bytes()).unwrap().1.headers, 10)
        };
        let part = "Range: bytes=1-2\r\n";
        assert_eq!(answer(Method::Get, part), (Status::PARTIAL_CONTENT, ByteRange::Range(1..3)));
        assert_eq!(answer(Method::Head, part), (Status::OK, ByteRange::Whole));
        let beyond = (Status::RANGE_NOT_SATISFIABLE, ByteRange::Unsatisfiable);
        assert_eq!(answer(Method::Get, "Range: bytes=10-\r\n"), beyond);
        let head = b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=-5\r\n\r\n";
        let of_nothing = FILE.select(Method::Get, &request_head(head).unwrap().1.headers, 0);
        assert_eq!(of_nothing, (Status::OK, ByteRange::Whole));
        let known = format!("{part}If-None-Match: \"v2\"\r\n");
        assert_eq!(answer(Method::Get, &known), (Status::NOT_MODIFIED, ByteRange::Whole));
        let other = format!("{part}If-Match: \"v1\"\r\n");
        assert_eq!(answer(Method::Get, &other), (Status::PRECONDITION_FAILED, ByteRange::Whole));
        let several = |method, fields: &str| {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0,500-599\r\n{fields}\r\n");
            FILE.select_ranges(method, &request_head(head.as_bytes()).unwrap().1.headers, 1000)
        };
        let parts = ByteRanges::Several([0..1, 500..600].into_iter().collect());
        let one = |status, range| (status, ByteRanges::One(range));
        assert_eq!(several(Method::Get, ""), (Status::PARTIAL_CONTENT, parts.clone()));
        assert_eq!(several(Method::Get, "If-Range: \"v2\"\r\n"), (Status::PARTIAL_CONTENT, parts));
        let of_another = several(Method::Get, "If-Range: \"v1\"\r\n");
        assert_eq!(of_another, one(Status::OK, ByteRange::Whole));
        assert_eq!(several(Method::Head, ""), one(Status::OK, ByteRange::Whole));
        let known = several(Method::Get, "If-None-Match: \"v2\"\r\n");
        assert_eq!(known, one(Status::NOT_MODIFIED, ByteRange::Whole));
    }

    #[test]
    fn only_a_safe_method_gets_a_304() {
        assert_eq!(evaluate(&FILE, &[("If-None-Match", "\"v2\"")], false), Precondition::Failed);
        assert_eq!(evaluate(&FILE, &[("If-Modified-Since", THEN)], false), Precondition::Passed);
    }

    #[test]
    fn without_validators_only_any_matches() {
        let bare = Validators::default();
        assert_eq!(evaluate(&bare, &[("If-Match", "\"v2\"")], true), Precondition::Failed);
        assert_eq!(evaluate(&bare, &[("If-Match", "*")], true), Precondition::Passed);
        assert_eq!(evaluate(&bare, &[("If-Modified-Since", THEN)], true), Precondition::Passed);
        let weak = Validators { etag: Some("W/\"v2\""), ..bare };
        assert_eq!(evaluate(&weak, &[("If-Match", "W/\"v2\"")], true), Precondition::Failed);
        assert_eq!(evaluate(&weak, &[("If-None-Match", "\"v2\"")], true), Precondition::NotModified);
    }

    #[test]
    fn a_range_is_of_the_version_that_it_names() {
        let part = |fields: &str| {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            FILE.range(&request_head(head.as_bytes()).unwrap().1.headers, 10)
        };
        assert_eq!(part(""), ByteRange::Whole);
        assert_eq!(part("Range: bytes=1-2\r\n"), ByteRange::Range(1..3));
        assert_eq!(part("Range: bytes=1-2\r\nRange: bytes=3-4\r\n"), ByteRange::Whole);
        let two = "Range: bytes=1-2\r\nIf-Range: \"v2\"\r\nIf-Range: \"v1\"\r\n";
        assert_eq!(part(two), ByteRange::Whole, "two versions are none");
        for (version, expected) in [
            ("\"v2\"", ByteRange::Range(1..3)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", ByteRange::Range(1..3)),
            ("\"v1\"", ByteRange::Whole),
            ("W/\"v2\"", ByteRange::Whole),
            (BEFORE, ByteRange::Whole),
            (THEN, ByteRange::Whole),
        ] {
            assert_eq!(part(&format!("Range: bytes=1-2\r\nIf-Range: {version}\r\n")), expected, "{version}");
        }
    }

    #[test]
    fn a_weak_date_names_no_version() {
        let weak = Validators { modified_is_strong: false, ..FILE };
        for (version, expected) in
            [("\"v2\"", ByteRange::Range(1..3)), ("Sun, 06 Nov 1994 08:49:37 GMT", ByteRange::Whole)]
        {
            let head =
                format!("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\nIf-Range: {version}\r\n\r\n");
            assert_eq!(weak.range(&request_head(head.as_bytes()).unwrap().1.headers, 10), expected);
        }
        assert_eq!(evaluate(&weak, &[("If-Modified-Since", THEN)], true), Precondition::NotModified);
    }
}
