//! The encoder of response heads (RFC 9112 section 4) and chunks (section 7.1).
//!
//! Invariant: no field of a page ends its own line or changes the framing.

use crate::error::Misuse;
use crate::method::MethodSet;
use crate::slice::same_text;
use crate::status::Status;
use crate::wire::byte_buffer::ByteBuffer;
use crate::wire::class::{FIELD_VALUE, TOKEN, all};
use crate::wire::head::framing::BodyLength;
use crate::wire::head::version::Version;
use crate::wire::scan::{FAST, all_letters, all_printable, skip, skip_value};

/// `HTTP/1.1 100 Continue`, RFC 9110 section 10.1.1.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The contents of a response head.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResponseHeadSpec<'a> {
    /// The status.
    pub status: Status,
    /// The value of `Date`, if there is a clock (RFC 9110 section 6.6.1).
    pub date: Option<&'a [u8; 29]>,
    /// The fields of the page.
    pub headers: &'a [(&'a str, &'a str)],
    /// The framing field; `None` for a message without one (1xx, 204, 304, or close-delimited).
    pub framing: Option<BodyLength>,
    /// The `Connection` field.
    pub connection: Option<ConnectionOption>,
    /// The fields are not checked: none of them ends its own line or changes the framing.
    pub(crate) are_sound: bool,
}

impl ResponseHeadSpec<'_> {
    /// A head of a status line alone.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        Self { status, date: None, headers: &[], framing: None, connection: None, are_sound: false }
    }
}

/// A value of the `Connection` field, RFC 9110 section 7.6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionOption {
    /// `close`
    Close,
    /// `keep-alive`, for HTTP/1.0 clients only.
    KeepAlive,
    /// `upgrade`, with 101 and 426.
    Upgrade,
    /// `upgrade, close`
    UpgradeAndClose,
}

impl ConnectionOption {
    /// The option that tells a client of `version` if the connection `persists`; `None` if that is the default.
    #[must_use]
    pub const fn for_persistence(persists: bool, version: Version) -> Option<Self> {
        match (persists, version) {
            (false, _) => Some(Self::Close),
            (true, Version::Http10) => Some(Self::KeepAlive),
            (true, Version::Http11) => None,
        }
    }
}

/// Writes a response head to the front of `memory`. Returns its length.
///
/// ```
/// use bantam::wire::{BodyLength, ResponseHeadSpec, Status, encode_response_head};
///
/// let mut memory = [0; 64];
/// let mut spec = ResponseHeadSpec::new(Status::OK);
/// spec.headers = &[("X", "y")];
/// spec.framing = Some(BodyLength::Known(2));
/// let length = encode_response_head(&mut memory, &spec)?;
/// assert_eq!(&memory[..length], b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\n");
/// # Ok::<(), bantam::Misuse>(())
/// ```
///
/// # Errors
/// [`Misuse::HeadTooLarge`] if it does not fit, [`Misuse::BadHeader`] and [`Misuse::ReservedHeader`] for a field that
/// would change the framing.
pub fn encode_response_head(memory: &mut [u8], spec: &ResponseHeadSpec<'_>) -> Result<usize, Misuse> {
    let mut buffer = ByteBuffer::new(memory);
    encode_front(&mut buffer, spec, &[])?;
    encode_end(&mut buffer, spec.framing, spec.connection)?;
    Ok(buffer.len())
}

/// Appends a head up to the fields of framing and persistence, or a part of it. Returns where its fields begin, without `Date`.
pub(crate) fn encode_front(
    out: &mut ByteBuffer<'_>,
    spec: &ResponseHeadSpec<'_>,
    more: &[(&str, &str)],
) -> Result<usize, Misuse> {
    if FAST
        && spec.status == Status::OK
        && let Some(date) = spec.date
    {
        push_ok_and_date(out, date)?;
        return push_fields(out, spec, more);
    }
    if spec.status == Status::OK {
        push(out, b"HTTP/1.1 200 OK")?;
    } else {
        push(out, b"HTTP/1.1 ")?;
        match spec.status.line() {
            [] => {
                push(out, &spec.status.digits())?;
                push(out, b" ")?;
            }
            line => push(out, line)?,
        }
    }
    if let Some(date) = spec.date {
        push(out, b"\r\nDate: ")?;
        push(out, date)?;
    }
    push_fields(out, spec, more)
}

/// The beginning of nearly every head, in one piece.
#[inline(always)]
fn push_ok_and_date(out: &mut ByteBuffer<'_>, date: &[u8; 29]) -> Result<(), Misuse> {
    const FRONT: &[u8; 23] = b"HTTP/1.1 200 OK\r\nDate: ";
    let place = out.next_chunk::<{ FRONT.len() + 29 }>().ok_or(Misuse::HeadTooLarge)?;
    if let Some((front, rest)) = place.split_first_chunk_mut()
        && let Some(rest) = rest.first_chunk_mut()
    {
        (*front, *rest) = (*FRONT, *date);
    }
    Ok(())
}

/// Appends the fields of a page. Returns where they begin.
#[inline(always)]
fn push_fields(
    out: &mut ByteBuffer<'_>,
    spec: &ResponseHeadSpec<'_>,
    more: &[(&str, &str)],
) -> Result<usize, Misuse> {
    let from = out.len();
    for (fields, are_sound) in [(spec.headers, spec.are_sound), (more, false)] {
        for (name, value) in fields {
            if !are_sound {
                validate_field(name.as_bytes(), value.as_bytes())?;
            }
            push_sound_field(out, name, value)?;
        }
    }
    Ok(from)
}

/// Appends a field of a page or a site, with the line end before it, or a part of it.
pub(crate) fn push_field(out: &mut ByteBuffer<'_>, name: &str, value: &str) -> Result<(), Misuse> {
    validate_field(name.as_bytes(), value.as_bytes())?;
    push_sound_field(out, name, value)
}

fn push_sound_field(out: &mut ByteBuffer<'_>, name: &str, value: &str) -> Result<(), Misuse> {
    if FAST {
        let line: [&[u8]; 4] = [b"\r\n", name.as_bytes(), b": ", value.as_bytes()];
        return if out.push_all(line) { Ok(()) } else { Err(Misuse::HeadTooLarge) };
    }
    if out.push_line(name.as_bytes(), value.as_bytes()) { Ok(()) } else { Err(Misuse::HeadTooLarge) }
}

/// Appends `Allow` (RFC 9110 section 10.2.1), or a part of it. Without a `String`, which would be on the stack of every response.
pub(crate) fn push_allow(out: &mut ByteBuffer<'_>, methods: MethodSet) -> Result<(), Misuse> {
    push(out, b"\r\nAllow: ")?;
    let mut before: &[u8] = b"";
    for name in methods.names() {
        push(out, before)?;
        push(out, name.as_bytes())?;
        before = b", ";
    }
    Ok(())
}

/// The longest end of a head but for a `Content-Length` of more than ten digits.
pub(crate) const HEAD_END: usize =
    "\r\nTransfer-Encoding: chunked\r\nConnection: upgrade, close\r\n\r\n".len();

/// Appends the fields of framing and persistence and the empty line, or a part of them.
pub(crate) fn encode_end(
    out: &mut ByteBuffer<'_>,
    framing: Option<BodyLength>,
    connection: Option<ConnectionOption>,
) -> Result<(), Misuse> {
    if FAST && let (Some(BodyLength::Known(length)), None) = (framing, connection) {
        let fits = out.push_with_decimal(b"\r\nContent-Length: ", length, b"\r\n\r\n");
        return if fits { Ok(()) } else { Err(Misuse::HeadTooLarge) };
    }
    match framing {
        Some(BodyLength::Known(length)) => {
            push(out, b"\r\nContent-Length: ")?;
            if !out.push_decimal(length) {
                return Err(Misuse::HeadTooLarge);
            }
        }
        Some(BodyLength::Chunked) => push(out, b"\r\nTransfer-Encoding: chunked")?,
        Some(BodyLength::UntilClose) | None => {}
    }
    push(
        out,
        match connection {
            Some(ConnectionOption::Close) => b"\r\nConnection: close\r\n\r\n",
            Some(ConnectionOption::KeepAlive) => b"\r\nConnection: keep-alive\r\n\r\n",
            Some(ConnectionOption::Upgrade) => b"\r\nConnection: upgrade\r\n\r\n",
            Some(ConnectionOption::UpgradeAndClose) => b"\r\nConnection: upgrade, close\r\n\r\n",
            None => b"\r\n\r\n",
        },
    )
}

/// The fields of framing and persistence, which only the core writes.
const RESERVED: [&[u8]; 4] = [b"connection", b"content-length", b"transfer-encoding", b"date"];

pub(crate) fn validate_field(name: &[u8], value: &[u8]) -> Result<(), Misuse> {
    let is_usual = FAST && all_letters(name) && all_printable(value);
    if !is_usual && (name.is_empty() || !skip(name, TOKEN).is_empty() || !skip_value(value).is_empty()) {
        return Err(Misuse::BadHeader);
    }
    // The lengths of these names.
    let may_be_reserved = matches!(name.len(), 4 | 10 | 14 | 17);
    if may_be_reserved && RESERVED.iter().any(|reserved| same_text(name, reserved)) {
        return Err(Misuse::ReservedHeader);
    }
    Ok(())
}

/// Returns true if `value` can be the value of a field. For constants.
pub(crate) const fn is_value(value: &str) -> bool {
    all(value.as_bytes(), FIELD_VALUE)
}

#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn push(out: &mut ByteBuffer<'_>, bytes: &[u8]) -> Result<(), Misuse> {
    if out.push(bytes) { Ok(()) } else { Err(Misuse::HeadTooLarge) }
}

/// The chunk that ends a chunked body, without trailers.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
/// The length of [`chunk_line`].
pub(crate) const CHUNK_LINE: usize = 6;
/// The bytes behind the data of a chunk.
pub(crate) const CHUNK_END: &[u8] = b"\r\n";

/// The line before the data of a chunk of `length` bytes. It always has four digits, so that its place can be left free
/// before the length is known.
pub(crate) const fn chunk_line(length: u16) -> [u8; CHUNK_LINE] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    const fn digit(length: u16, shift: u16) -> u8 {
        DIGITS[(length >> shift & 15) as usize]
    }
    [digit(length, 12), digit(length, 8), digit(length, 4), digit(length, 0), b'\r', b'\n']
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec<'a>(headers: &'a [(&'a str, &'a str)]) -> ResponseHeadSpec<'a> {
        ResponseHeadSpec { headers, ..ResponseHeadSpec::new(Status::OK) }
    }

    #[test]
    fn a_field_cannot_end_its_line_or_break_the_framing() {
        let refuse = |name, value| encode_response_head(&mut [0; 256], &spec(&[(name, value)]));
        for bad in ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\x7fb"] {
            assert_eq!(refuse("X", bad), Err(Misuse::BadHeader), "{bad:?}");
        }
        for bad in ["", "a b", "a:", "a\r\n", "\u{e9}"] {
            assert_eq!(refuse(bad, "x"), Err(Misuse::BadHeader), "{bad:?}");
        }
        for reserved in ["content-LENGTH", "Transfer-Encoding", "connection", "Date"] {
            assert_eq!(refuse(reserved, "x"), Err(Misuse::ReservedHeader), "{reserved}");
        }
    }

    #[test]
    fn a_head_fits_its_length_and_not_one_byte_less() {
        let whole = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
        let mut memory = [0; 25];
        assert_eq!(encode_response_head(&mut memory, &spec(&[("X", "y")])), Ok(25));
        assert_eq!(memory, *whole);
        for length in 0..25 {
            let refused = encode_response_head(&mut memory[..length], &spec(&[("X", "y")]));
            assert_eq!(refused, Err(Misuse::HeadTooLarge), "{length}");
        }
    }

    #[test]
    fn the_end_of_a_head_is_no_longer_than_stated() {
        let framings = [None, Some(BodyLength::Chunked), Some(BodyLength::Known(9_999_999_999))];
        let options = [
            None,
            Some(ConnectionOption::Close),
            Some(ConnectionOption::KeepAlive),
            Some(ConnectionOption::Upgrade),
            Some(ConnectionOption::UpgradeAndClose),
        ];
        for (framing, option) in framings.iter().flat_map(|framing| options.map(|option| (*framing, option)))
        {
            let mut memory = [0; HEAD_END];
            assert_eq!(encode_end(&mut ByteBuffer::new(&mut memory), framing, option), Ok(()), "{framing:?}");
        }
    }

    #[test]
    fn a_status_without_a_name_keeps_its_space() {
        let mut memory = [0; 64];
        let status = Status::new(299).expect("three digits");
        let length =
            encode_response_head(&mut memory, &ResponseHeadSpec { status, ..spec(&[]) }).expect("room");
        assert_eq!(&memory[..length], b"HTTP/1.1 299 \r\n\r\n");
    }

    #[test]
    fn a_chunk_line_has_four_digits() {
        assert_eq!(chunk_line(0x1a), *b"001a\r\n");
        assert_eq!(chunk_line(u16::MAX), *b"ffff\r\n");
    }
}
