//! [`StaticFile`]: what is sent of a file that is part of the program: content coding (RFC 9110 section 12.5.3), conditional
//! requests (section 13) and ranges (section 14).
//! Invariant: every response with a file that has several representations, or only coded ones, has `Vary`.

use heapless::{String, Vec};

use crate::method::Method;
use crate::wire::{ByteRange, Headers, Status, Validators, is_value};

/// The bytes of a file in one content coding (RFC 9110 section 3.2).
#[derive(Clone, Copy, Debug)]
pub struct Representation {
    /// The content coding, such as `gzip`; `None` for the file as it is (`identity`).
    pub coding: Option<&'static str>,
    /// A strong entity tag with its quotes, which no other representation has.
    pub etag: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

/// A file that is part of the program.
///
/// The representation is that of the highest quality that `Accept-Encoding` states; of equal ones, the first. A request without the
/// field gets the last one: the file as it is, or, if there is none, the coding that stands last, because such a request
/// accepts every coding (RFC 9110 section 12.5.3). A request whose field excludes every representation gets the file as it is, or, if
/// there is none, 406: a device cannot decompress.
#[derive(Clone, Copy, Debug)]
pub struct StaticFile {
    content_type: &'static str,
    modified: Option<&'static str>,
    representations: &'static [Representation],
}

/// The fields of a response: a part of a coded file has all of them.
pub(super) type Fields<'a> = Vec<(&'a str, &'a str), 8>;

const NOT_ACCEPTABLE: &[u8] =
    b"This file is here only in a content coding that the request does not accept.\n";

impl StaticFile {
    /// A file with these representations, the preferred one first and `identity`, if it is there, last.
    ///
    /// # Panics
    /// When a constant is evaluated: if there is no representation, or one behind `identity`, or a text that cannot be the value of a
    /// field (RFC 9110 section 5.5).
    #[must_use]
    pub const fn new(content_type: &'static str, representations: &'static [Representation]) -> Self {
        assert_value(content_type);
        let mut rest = representations;
        while let [first, behind @ ..] = rest {
            assert_value(first.etag);
            match first.coding {
                Some(coding) => assert_value(coding),
                None => assert!(behind.is_empty(), "identity is the last representation"),
            }
            rest = behind;
        }
        assert!(!representations.is_empty(), "a file has a representation");
        Self { content_type, modified: None, representations }
    }

    /// States the time of the last change, an IMF-fixdate. It is taken for a weak validator: two versions of the program may have been
    /// built with the same time.
    ///
    /// # Panics
    /// When a constant is evaluated: if the date cannot be the value of a field.
    #[must_use]
    pub const fn modified(mut self, date: &'static str) -> Self {
        assert_value(date);
        self.modified = Some(date);
        self
    }

    /// Selects the representation and the part of it for a GET or HEAD.
    pub(super) fn select(&self, method: Method<'_>, headers: &Headers<'_>) -> Selected {
        let Some(chosen) = self.choose(headers) else {
            let status = Status::NOT_ACCEPTABLE;
            return Selected { status, representation: None, body: NOT_ACCEPTABLE, content_range: None };
        };
        let length = chosen.bytes.len() as u64;
        let validators =
            Validators { etag: Some(chosen.etag), modified: self.modified, modified_is_strong: false };
        let (status, range) = validators.select(method, headers, length);
        let content_range = range.content_range(length);
        let body = match range {
            ByteRange::Range(range) => bounds(&range).and_then(|(from, to)| chosen.bytes.get(from..to)),
            ByteRange::Whole if status == Status::OK => Some(chosen.bytes),
            _ => None,
        };
        Selected { status, representation: Some(chosen), body: body.unwrap_or(&[]), content_range }
    }

    /// The representation for a request; `None` if none is acceptable.
    fn choose(&self, headers: &Headers<'_>) -> Option<&'static Representation> {
        let [.., last] = self.representations else { return None };
        let (mut chosen, mut highest) = (None, 0);
        if self.is_negotiated() {
            for representation in self.representations {
                let quality = headers.coding_quality(representation.coding.unwrap_or("identity"));
                if quality > highest {
                    (chosen, highest) = (Some(representation), quality);
                }
            }
        }
        let default = || last.coding.is_none() || headers.first("accept-encoding").is_none();
        chosen.or_else(|| default().then_some(last))
    }

    /// Returns true if `Accept-Encoding` decides what is sent.
    const fn is_negotiated(&self) -> bool {
        !matches!(self.representations, [Representation { coding: None, .. }])
    }

    /// The fields of the response with this part. Only 200, 206 and 406 have a type, only the first two a coding, and only 206 and 416
    /// `Content-Range`; 406 and 416 have no validators.
    pub(super) fn fields<'a>(
        &self,
        status: Status,
        chosen: Option<&Representation>,
        content_range: Option<&'a str>,
        cache_control: &'static str,
    ) -> Fields<'a> {
        let mut fields = Vec::new();
        let mut push = |name, value: Option<&'a str>| {
            if let Some(value) = value {
                let _ = fields.push((name, value));
            }
        };
        push("Vary", self.is_negotiated().then_some("Accept-Encoding"));
        push("Content-Range", content_range);
        let has_content = matches!(status, Status::OK | Status::PARTIAL_CONTENT);
        match chosen {
            Some(chosen) if status != Status::RANGE_NOT_SATISFIABLE => {
                push("Last-Modified", self.modified);
                push("ETag", Some(chosen.etag));
                push("Cache-Control", Some(cache_control));
                push("Accept-Ranges", has_content.then_some("bytes"));
                push("Content-Type", has_content.then_some(self.content_type));
                push("Content-Encoding", chosen.coding.filter(|_| has_content));
            }
            Some(_) => {}
            None => push("Content-Type", Some("text/plain; charset=utf-8")),
        }
        fields
    }
}

/// What is sent of a file.
pub(super) struct Selected {
    pub(super) status: Status,
    /// `None` if none is acceptable.
    pub(super) representation: Option<&'static Representation>,
    pub(super) body: &'static [u8],
    pub(super) content_range: Option<String<68>>,
}

/// The fields of a response with a file are not checked again.
const fn assert_value(value: &str) {
    assert!(is_value(value), "a control character cannot be in the value of a field");
}

fn bounds(range: &core::ops::Range<u64>) -> Option<(usize, usize)> {
    usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok())
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::panic::catch_unwind;

    use super::*;
    use crate::wire::request_head;

    const BR: Representation = Representation { coding: Some("br"), etag: "\"b\"", bytes: b"b" };
    const GZIP: Representation = Representation { coding: Some("gzip"), etag: "\"g\"", bytes: b"g" };
    const PLAIN: Representation = Representation { coding: None, etag: "\"p\"", bytes: b"p" };

    fn chosen(file: &StaticFile, fields: &str) -> &'static str {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let headers = request_head(head.as_bytes()).unwrap().1.headers;
        file.choose(&headers).map_or("406", |representation| representation.coding.unwrap_or("identity"))
    }

    #[test]
    fn the_coding_of_the_highest_quality_is_chosen_and_of_equal_ones_the_first() {
        static FILE: StaticFile = StaticFile::new("a/b", &[BR, GZIP, PLAIN]);
        for (accepted, expected) in [
            ("gzip, br", "br"),
            ("gzip", "gzip"),
            ("x-gzip", "gzip"),
            ("br;q=0.5, gzip", "gzip"),
            ("br;q=0.5, gzip;q=0.5", "br"),
            ("*", "br"),
            ("br;q=0, *", "gzip"),
            ("identity, gzip;q=0.5", "identity"),
            ("identity, gzip", "gzip"),
            ("gzip;q=0.001", "gzip"),
            ("identity;q=0, gzip;q=0.1", "gzip"),
            ("gzip;q=0", "identity"),
            ("zstd", "identity"),
            ("", "identity"),
            // Nothing is acceptable: better the file than no answer.
            ("identity;q=0", "identity"),
            ("*;q=0", "identity"),
        ] {
            assert_eq!(chosen(&FILE, &format!("Accept-Encoding: {accepted}\r\n")), expected, "{accepted}");
        }
        assert_eq!(chosen(&FILE, ""), "identity");
    }

    #[test]
    fn a_file_without_identity_is_sent_to_all_that_do_not_exclude_its_coding() {
        static FILE: StaticFile = StaticFile::new("a/b", &[GZIP]);
        for (fields, expected) in [
            ("", "gzip"),
            ("Accept-Encoding: br, gzip;q=0.1\r\n", "gzip"),
            ("Accept-Encoding: identity, gzip;q=0.1\r\n", "gzip"),
            ("Accept-Encoding: *\r\n", "gzip"),
            ("Accept-Encoding: \r\n", "406"),
            ("Accept-Encoding: identity\r\n", "406"),
            ("Accept-Encoding: br\r\n", "406"),
            ("Accept-Encoding: gzip;q=0\r\n", "406"),
        ] {
            assert_eq!(chosen(&FILE, fields), expected, "{fields}");
        }
    }

    #[test]
    fn a_text_that_would_end_its_line_makes_no_file() {
        for bad in ["a\r\nb", "a\nb", "\0", "\x7f"] {
            let tagged: &[Representation] = std::vec![Representation { etag: bad, ..PLAIN }].leak();
            let coded: &[Representation] = std::vec![Representation { coding: Some(bad), ..PLAIN }].leak();
            assert!(catch_unwind(|| StaticFile::new(bad, &[PLAIN])).is_err(), "{bad:?}");
            assert!(catch_unwind(|| StaticFile::new("a/b", tagged)).is_err(), "{bad:?}");
            assert!(catch_unwind(|| StaticFile::new("a/b", coded)).is_err(), "{bad:?}");
            assert!(catch_unwind(|| StaticFile::new("a/b", &[PLAIN]).modified(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_file_in_one_representation_is_not_negotiated() {
        static FILE: StaticFile = StaticFile::new("a/b", &[PLAIN]);
        assert!(!FILE.is_negotiated());
        assert_eq!(chosen(&FILE, "Accept-Encoding: gzip, identity;q=0\r\n"), "identity");
    }
}
