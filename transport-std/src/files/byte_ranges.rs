//! `multipart/byteranges`, RFC 9110 section 14.6: several ranges of a file as one body.
//!
//! Invariant: the stated length is that of all parts with their heads, and the boundary cannot be known when the content is made.

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

use bantam::Connection;

use super::send::send;

/// The keys of boundaries: random, and those of this process.
static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

/// Parts of a file, each with a head.
#[derive(Debug)]
pub(super) struct ByteRangesBody {
    ranges: Vec<Range<u64>>,
    /// 32 digits of base 16. A keyed hash of the version of the file and of the ranges: the same for a request that is repeated, so
    /// that nothing but the content decides it, and unknown before the content is there.
    boundary: String,
    /// What follows the boundary in each head, up to the first position.
    fields: String,
    /// Of the file.
    length: u64,
}

impl ByteRangesBody {
    /// The body with these ranges, which are not empty and lie within `length`. A part states the type of the file, and its coding: the
    /// body itself is in none.
    pub(super) fn new(
        ranges: &[Range<u64>],
        length: u64,
        etag: Option<&str>,
        content_type: &str,
        coding: Option<&str>,
    ) -> Self {
        let [first, second] = [&KEYS[0], &KEYS[1]].map(|key| key.hash_one((etag, length, ranges)));
        let coding = coding.map(|coding| format!("Content-Encoding: {coding}\r\n")).unwrap_or_default();
        Self {
            ranges: ranges.to_vec(),
            boundary: format!("{first:016x}{second:016x}"),
            fields: format!("\r\nContent-Type: {content_type}\r\n{coding}Content-Range: bytes "),
            length,
        }
    }

    /// The value of `Content-Type`.
    pub(super) fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// The length of the body in bytes.
    pub(super) fn body_length(&self) -> u64 {
        let parts = self.ranges.iter().enumerate();
        let parts = parts.map(|(at, range)| self.head(at, range).len() as u64 + (range.end - range.start));
        parts.sum::<u64>() + self.end().len() as u64
    }

    /// Sends the body. Each part leaves by sendfile where a single range does.
    ///
    /// # Errors
    /// Those of [`send`].
    pub(super) async fn send<C: Connection>(&self, connection: &mut C, file: &File) -> Result<(), C::Error> {
        for (at, range) in self.ranges.iter().enumerate() {
            connection.send(self.head(at, range).as_bytes()).await?;
            send(connection, file, range.clone()).await?;
        }
        connection.send(self.end().as_bytes()).await
    }

    /// The end of the part before, and the head of a part.
    fn head(&self, at: usize, range: &Range<u64>) -> String {
        let before = if at == 0 { "" } else { "\r\n" };
        let Self { boundary, fields, length, .. } = self;
        format!("{before}--{boundary}{fields}{}-{}/{length}\r\n\r\n", range.start, range.end - 1)
    }

    fn end(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_depends_on_the_version_and_the_ranges() {
        let of = |ranges: &[Range<u64>], length, etag| {
            ByteRangesBody::new(ranges, length, etag, "a/b", None).boundary
        };
        let (ranges, others) = ([0..1, 100..200], [0..2, 100..200]);
        let boundary = of(&ranges, 1000, Some("\"x\""));
        assert!(boundary.len() == 32 && boundary.bytes().all(|byte| byte.is_ascii_hexdigit()), "{boundary}");
        assert_eq!(of(&ranges, 1000, Some("\"x\"")), boundary);
        let different =
            [of(&others, 1000, Some("\"x\"")), of(&ranges, 1001, Some("\"x\"")), of(&ranges, 1000, None)];
        assert!(different.iter().all(|other| *other != boundary));
    }
}
