//! Law: a head goes to the buffer whole or not at all, and a page's field cannot end its own line.

use crate::error::Misuse;
use crate::status::Status;
use crate::wire::encode::byte_buffer::Staged;
use crate::wire::grammar::{FIELD, TOKEN, run};
use crate::wire::head::framing::{BodyLength, Version};
use crate::wire::scan::{WIDE, all_letters, all_printable};

/// `HTTP/1.1 100 Continue`, RFC 9110 section 10.1.1.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// The chunk that ends a chunked body, without trailers.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
/// How long the line before the data of a chunk is.
pub(crate) const CHUNK_LINE: usize = 6;
/// What follows the data of a chunk.
pub(crate) const CHUNK_END: &[u8] = b"\r\n";

/// Everything of a response head.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHeadSpec<'a> {
    /// The status.
    pub status: Status,
    /// The value of `Date`, where there is a clock (RFC 9110 section 6.6.1).
    pub date: Option<&'a [u8; 29]>,
    /// The page's own fields.
    pub headers: &'a [(&'a str, &'a str)],
    /// The framing to state; `None` for a message that has none (1xx, 204, 304, or close-delimited).
    pub framing: Option<BodyLength>,
    /// The connection option to state.
    pub connection: Option<ConnectionOption>,
}

/// What the `Connection` field says, RFC 9110 section 7.6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionOption {
    /// `close`
    Close,
    /// `keep-alive`, said to HTTP/1.0 clients only.
    KeepAlive,
    /// `upgrade`, with 101 and 426.
    Upgrade,
    /// `upgrade, close`
    UpgradeAndClose,
}

impl ConnectionOption {
    /// What to say to a client of `version` about whether the connection `persists`: nothing where it is the default.
    #[must_use]
    pub const fn about(persists: bool, version: Version) -> Option<Self> {
        match (persists, version) {
            (false, _) => Some(Self::Close),
            (true, Version::Http10) => Some(Self::KeepAlive),
            (true, Version::Http11) => None,
        }
    }
}

/// Writes a response head to the front of `memory`; how many bytes it has.
///
/// ```
/// use bantam::wire::{BodyLength, ResponseHeadSpec, Status, encode_response_head};
///
/// let mut memory = [0; 64];
/// let framing = Some(BodyLength::Known(2));
/// let plan = ResponseHeadSpec { status: Status::OK, date: None, headers: &[("X", "y")], framing, connection: None };
/// let length = encode_response_head(&mut memory, &plan)?;
/// assert_eq!(&memory[..length], b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\n");
/// # Ok::<(), bantam::Misuse>(())
/// ```
///
/// # Errors
/// [`Misuse::HeadTooLarge`] where it does not fit, [`Misuse::BadHeader`] and [`Misuse::ReservedHeader`] for a field that
/// would break the framing.
pub fn encode_response_head(memory: &mut [u8], plan: &ResponseHeadSpec<'_>) -> Result<usize, Misuse> {
    let mut out = Staged::new(memory);
    stage(&mut out, plan).map(|()| out.len())
}

/// Adds a response head to `out`, or leaves `out` as it was.
pub(crate) fn stage(out: &mut Staged<'_>, plan: &ResponseHeadSpec<'_>) -> Result<(), Misuse> {
    let before = out.len();
    let written = head(out, plan);
    if written.is_err() {
        out.truncate(before);
    }
    written
}

fn head(out: &mut Staged<'_>, plan: &ResponseHeadSpec<'_>) -> Result<(), Misuse> {
    if WIDE && plan.status == Status::OK {
        push(out, b"HTTP/1.1 200 OK")?;
    } else {
        push(out, b"HTTP/1.1 ")?;
        match plan.status.line() {
            [] => {
                push(out, &plan.status.digits())?;
                push(out, b" ")?;
            }
            line => push(out, line)?,
        }
    }
    if let Some(date) = plan.date {
        push(out, b"\r\nDate: ")?;
        push(out, date)?;
    }
    for (name, value) in plan.headers {
        check(name.as_bytes(), value.as_bytes())?;
        push(out, b"\r\n")?;
        push(out, name.as_bytes())?;
        push(out, b": ")?;
        push(out, value.as_bytes())?;
    }
    match plan.framing {
        Some(BodyLength::Known(length)) => {
            push(out, b"\r\nContent-Length: ")?;
            number(out, length)?;
        }
        Some(BodyLength::Chunked) => push(out, b"\r\nTransfer-Encoding: chunked")?,
        Some(BodyLength::UntilClose) | None => {}
    }
    push(
        out,
        match plan.connection {
            Some(ConnectionOption::Close) => b"\r\nConnection: close\r\n\r\n",
            Some(ConnectionOption::KeepAlive) => b"\r\nConnection: keep-alive\r\n\r\n",
            Some(ConnectionOption::Upgrade) => b"\r\nConnection: upgrade\r\n\r\n",
            Some(ConnectionOption::UpgradeAndClose) => b"\r\nConnection: upgrade, close\r\n\r\n",
            None => b"\r\n\r\n",
        },
    )
}

/// Fields that decide where a message ends, or how long the connection lives, are the core's own.
const RESERVED: [&[u8]; 4] = [b"connection", b"content-length", b"transfer-encoding", b"date"];

fn check(name: &[u8], value: &[u8]) -> Result<(), Misuse> {
    // As nearly all fields are.
    let usual = WIDE && all_letters(name) && all_printable(value);
    if !usual && (name.is_empty() || !run(name, TOKEN).1.is_empty() || !run(value, FIELD).1.is_empty()) {
        return Err(Misuse::BadHeader);
    }
    if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        return Err(Misuse::ReservedHeader);
    }
    Ok(())
}

#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(crate) fn push(out: &mut Staged<'_>, bytes: &[u8]) -> Result<(), Misuse> {
    if out.add(bytes) { Ok(()) } else { Err(Misuse::HeadTooLarge) }
}

pub(crate) fn number(out: &mut Staged<'_>, value: u64) -> Result<(), Misuse> {
    if WIDE { wide_number(out, value) } else { narrow_number(out, value) }
}

/// A decimal number, on a processor without a 64-bit division.
fn narrow_number(out: &mut Staged<'_>, value: u64) -> Result<(), Misuse> {
    // In parts of 16 bits, from the highest.
    let mut parts = [(value >> 48) as u32, (value >> 32) as u32, (value >> 16) as u32, value as u32];
    let mut digits = [b'0'; 20];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        let mut rest = 0;
        for part in &mut parts {
            let dividend = rest << 16 | *part & 0xffff;
            (*part, rest) = (dividend / 10, dividend % 10);
        }
        *digit = b'0' + rest as u8;
        length += 1;
        if parts == [0; 4] {
            break;
        }
    }
    push(out, digits.get(20 - length..).unwrap_or(&[]))
}

/// The same where there is one.
fn wide_number(out: &mut Staged<'_>, mut value: u64) -> Result<(), Misuse> {
    let mut digits = [b'0'; 20];
    let mut from = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (value % 10) as u8;
        (value, from) = (value / 10, at);
        if value == 0 {
            break;
        }
    }
    push(out, digits.get(from..).unwrap_or(&[]))
}

/// The line before the data of a chunk of `length` bytes, in four digits: room for it can be left before the length is
/// known. A chunk is never longer than 65,535 bytes.
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

    fn plan<'a>(headers: &'a [(&'a str, &'a str)]) -> ResponseHeadSpec<'a> {
        ResponseHeadSpec { status: Status::OK, date: None, headers, framing: None, connection: None }
    }

    #[test]
    fn a_field_cannot_end_its_line_or_break_the_framing() {
        let mut memory = [0; 256];
        for bad in ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\x7fb"] {
            assert_eq!(
                encode_response_head(&mut memory, &plan(&[("X", bad)])),
                Err(Misuse::BadHeader),
                "{bad:?}"
            );
        }
        for bad in ["", "a b", "a:", "a\r\n", "\u{e9}"] {
            assert_eq!(
                encode_response_head(&mut memory, &plan(&[(bad, "x")])),
                Err(Misuse::BadHeader),
                "{bad:?}"
            );
        }
        for reserved in ["content-LENGTH", "Transfer-Encoding", "connection", "Date"] {
            assert_eq!(
                encode_response_head(&mut memory, &plan(&[(reserved, "x")])),
                Err(Misuse::ReservedHeader),
                "{reserved}"
            );
        }
    }

    #[test]
    fn a_head_that_does_not_fit_leaves_no_trace() {
        let whole = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
        let mut memory = [0; 25];
        assert_eq!(encode_response_head(&mut memory, &plan(&[("X", "y")])), Ok(25));
        assert_eq!(memory, *whole);
        let mut memory = [0; 26];
        let mut out = Staged::new(&mut memory);
        assert!(out.add(b"ab"));
        assert_eq!(stage(&mut out, &plan(&[("X", "y")])), Err(Misuse::HeadTooLarge));
        assert_eq!(out.bytes(), b"ab");
    }

    #[test]
    fn a_status_without_a_name_keeps_its_space() {
        let mut memory = [0; 64];
        let status = Status::new(299).expect("three digits");
        let length =
            encode_response_head(&mut memory, &ResponseHeadSpec { status, ..plan(&[]) }).expect("room");
        assert_eq!(&memory[..length], b"HTTP/1.1 299 \r\n\r\n");
    }

    #[test]
    fn numbers_are_written_in_full() {
        for value in [0, 7, 10, 4_294_967_296, u64::MAX] {
            let mut memory = [0; 20];
            for write in [narrow_number, wide_number] {
                let mut out = Staged::new(&mut memory);
                write(&mut out, value).unwrap();
                assert_eq!(out.bytes(), std::format!("{value}").as_bytes());
            }
        }
    }

    #[test]
    fn a_chunk_line_has_four_digits() {
        assert_eq!(chunk_line(0x1a), *b"001a\r\n");
        assert_eq!(chunk_line(u16::MAX), *b"ffff\r\n");
    }
}
