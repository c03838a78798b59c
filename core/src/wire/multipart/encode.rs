//! The encoder of `multipart/form-data`, RFC 7578: the heads of parts, and the end.

use crate::error::Misuse;
use crate::wire::byte_buffer::ByteBuffer;
use crate::wire::class::{FIELD_VALUE, is};
use crate::wire::multipart::boundary::Boundary;

/// A part of a form, as [`MultipartEncoder::part`] writes its head.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PartSpec<'a> {
    /// The name of the field.
    pub name: &'a str,
    /// The name of the file; `None` for a part that is no file.
    pub file_name: Option<&'a str>,
    /// The value of `Content-Type`; `None` for `text/plain`.
    pub content_type: Option<&'a str>,
}

impl<'a> PartSpec<'a> {
    /// A part that is no file.
    #[must_use]
    pub const fn field(name: &'a str) -> Self {
        Self { name, file_name: None, content_type: None }
    }

    /// A part that is a file.
    #[must_use]
    pub const fn file(name: &'a str, file_name: &'a str, content_type: &'a str) -> Self {
        Self { name, file_name: Some(file_name), content_type: Some(content_type) }
    }
}

/// An encoder of `multipart/form-data`: the head of each part, which its data follows as it is, and the end. The caller chooses a
/// boundary that is in no data: a random one of 16 characters or more. The length of the body is the sum of what is written.
///
/// ```
/// use bantam::wire::{Boundary, MultipartEncoder, PartSpec};
///
/// let mut encoder = MultipartEncoder::new(Boundary::new(b"xyz").expect("valid"));
/// let (mut memory, mut body) = ([0; 128], Vec::new());
/// body.extend_from_slice(encoder.part(&mut memory, &PartSpec::field("a"))?);
/// body.extend_from_slice(b"hello");
/// body.extend_from_slice(encoder.end(&mut memory)?);
/// assert_eq!(body, b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhello\r\n--xyz--\r\n");
/// # Ok::<(), bantam::Misuse>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultipartEncoder<'b> {
    boundary: &'b [u8],
    has_parts: bool,
}

impl<'b> MultipartEncoder<'b> {
    /// An encoder before the first part.
    #[must_use]
    pub const fn new(boundary: Boundary<'b>) -> Self {
        Self { boundary: boundary.as_bytes(), has_parts: false }
    }

    /// Writes the end of the part before, and the head of `part`, to the front of `memory`. Returns them. In names `"`, CR and LF become
    /// `%22`, `%0D` and `%0A`, as in browsers.
    ///
    /// # Errors
    /// [`Misuse::HeadTooLarge`] if they do not fit, [`Misuse::BadHeader`] for another control character in a name, or for a
    /// content type that is no value of a field; then nothing counts as written.
    pub fn part<'m>(&mut self, memory: &'m mut [u8], part: &PartSpec<'_>) -> Result<&'m [u8], Misuse> {
        let mut out = ByteBuffer::new(memory);
        self.delimiter(&mut out)?;
        push(&mut out, b"\r\nContent-Disposition: form-data; name=\"")?;
        push_name(&mut out, part.name)?;
        if let Some(file_name) = part.file_name {
            push(&mut out, b"\"; filename=\"")?;
            push_name(&mut out, file_name)?;
        }
        push(&mut out, b"\"")?;
        if let Some(content_type) = part.content_type {
            if !content_type.bytes().all(|byte| is(byte, FIELD_VALUE)) {
                return Err(Misuse::BadHeader);
            }
            push(&mut out, b"\r\nContent-Type: ")?;
            push(&mut out, content_type.as_bytes())?;
        }
        push(&mut out, b"\r\n\r\n")?;
        self.has_parts = true;
        let length = out.len();
        Ok(memory.get(..length).unwrap_or(&[]))
    }

    /// Writes the end of the form to the front of `memory`. Returns it.
    ///
    /// # Errors
    /// [`Misuse::HeadTooLarge`] if it does not fit.
    pub fn end<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Misuse> {
        let mut out = ByteBuffer::new(memory);
        self.delimiter(&mut out)?;
        push(&mut out, b"--\r\n")?;
        let length = out.len();
        Ok(memory.get(..length).unwrap_or(&[]))
    }

    fn delimiter(&self, out: &mut ByteBuffer<'_>) -> Result<(), Misuse> {
        push(out, if self.has_parts { b"\r\n--" } else { b"--" })?;
        push(out, self.boundary)
    }
}

fn push(out: &mut ByteBuffer<'_>, bytes: &[u8]) -> Result<(), Misuse> {
    if out.push(bytes) { Ok(()) } else { Err(Misuse::HeadTooLarge) }
}

fn push_name(out: &mut ByteBuffer<'_>, name: &str) -> Result<(), Misuse> {
    for byte in name.bytes() {
        match byte {
            b'"' => push(out, b"%22")?,
            b'\r' => push(out, b"%0D")?,
            b'\n' => push(out, b"%0A")?,
            _ if !is(byte, FIELD_VALUE) => return Err(Misuse::BadHeader),
            _ => push(out, &[byte])?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::multipart::part::PartHead;

    const BOUNDARY: &[u8] = b"xyz";

    fn encoder() -> MultipartEncoder<'static> {
        MultipartEncoder::new(Boundary::new(BOUNDARY).expect("valid"))
    }

    #[test]
    fn names_are_read_back_as_they_were() {
        for name in ["", "a", "a\"b", "a\r\nb", "ä;=,", "a\\b", "100%"] {
            let mut memory = [0; 256];
            let head = encoder().part(&mut memory, &PartSpec::file(name, name, "a/b")).expect("room");
            let head = PartHead::parse(head.strip_prefix(b"--xyz\r\n").expect("a delimiter")).expect("valid");
            assert!(head.name == name && head.file_name.is_some_and(|file| file == name), "{name:?}");
            assert_eq!(head.content_type, Some(&b"a/b"[..]));
        }
    }

    #[test]
    fn what_would_break_a_head_is_refused_and_what_does_not_fit_leaves_no_trace() {
        let mut memory = [0; 256];
        for part in [
            PartSpec::field("a\0"),
            PartSpec::file("a", "\x7f", "a/b"),
            PartSpec::file("a", "b", "a/b\r\nX: y"),
        ] {
            assert_eq!(encoder().part(&mut memory, &part), Err(Misuse::BadHeader), "{part:?}");
        }
        let mut one = encoder();
        let length = one.part(&mut memory, &PartSpec::field("a")).expect("room").len();
        for short in 0..length {
            let mut one = encoder();
            assert_eq!(one.part(&mut memory[..short], &PartSpec::field("a")), Err(Misuse::HeadTooLarge));
            assert!(one.end(&mut memory).is_ok_and(|end| end == b"--xyz--\r\n"), "no part was written");
        }
        assert_eq!(one.end(&mut memory), Ok(&b"\r\n--xyz--\r\n"[..]));
        assert_eq!(one.end(&mut memory[..10]), Err(Misuse::HeadTooLarge));
    }
}
