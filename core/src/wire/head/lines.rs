//! Complete request and field lines, parsed in one pass instead of byte by byte: RFC 9112 sections 3 and 5.
//!
//! Invariant: the state after a line is the same as after the same bytes one by one.

use crate::error::Rejection;
use crate::slice::{split_at, trim};
use crate::wire::class::{PATH, TOKEN};
use crate::wire::fields::index::{FieldIndex, Slot};
use crate::wire::head::framing::FramingFields;
use crate::wire::scan::{skip, skip_path, skip_target, skip_value};
use crate::wire::target::percent::skip_escaped;

/// Whether a parser reached the end of its element, or needs more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Complete,
    Partial,
}

/// A position in a buffer: `rest` is the part of it that has not been parsed.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) buffer: &'a [u8],
    pub(crate) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(buffer: &'a [u8], offset: usize) -> Self {
        Self { buffer, rest: buffer.get(offset..).unwrap_or(&[]) }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset_of(self.rest)
    }

    /// The offset of `tail`, which ends where the buffer ends.
    pub(crate) const fn offset_of(&self, tail: &[u8]) -> usize {
        self.buffer.len() - tail.len()
    }
}

/// What is known of a request line that was parsed in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestLineHint {
    pub(crate) is_get: bool,
    /// The target is a path and perhaps a query, with valid escapes.
    pub(crate) is_plain: bool,
    /// The offset of the first `?` in the target; 0 if there is none.
    pub(crate) query_at: usize,
}

impl RequestLineHint {
    pub(crate) const NONE: Self = Self { is_get: false, is_plain: false, query_at: 0 };
}

/// The offsets of a request line in the buffer.
#[derive(Debug)]
pub(crate) struct RequestLine {
    pub(crate) start: usize,
    pub(crate) method_end: usize,
    pub(crate) target_end: usize,
    pub(crate) hint: RequestLineHint,
}

/// Parses a request line of HTTP/1.1 with a path and perhaps a query. Returns `None`, and moves nothing, for any other
/// line and for a partial one.
#[inline(always)]
pub(crate) fn parse_request_line(cursor: &mut Cursor<'_>) -> Option<RequestLine> {
    let line = cursor.rest;
    // An array is compared as one word, a pattern byte by byte.
    let get = line.split_first_chunk().filter(|(method, _)| *method == b"GET ");
    let (method_end, target) = if let Some((_, target)) = get {
        (line.len() - 3, target)
    } else {
        match skip(line, TOKEN) {
            end @ [b' ', target @ ..] if end.len() < line.len() => (end.len(), target),
            _ => return None,
        }
    };
    // The most frequent path of all.
    let root = target.strip_prefix(b"/").filter(|end| end.first() == Some(&b' '));
    let (mut end, mut query_at) = (root.unwrap_or_else(|| skip_path(target)), 0);
    if let [b'%', ..] = end {
        end = skip_escaped(end, PATH);
    }
    if let [b'?', query @ ..] = end {
        query_at = target.len() - end.len();
        end = skip_target(query);
    }
    let (version, rest) = end.split_first_chunk()?;
    if version != b" HTTP/1.1\r\n" || end.len() == target.len() {
        return None;
    }
    cursor.rest = rest;
    Some(RequestLine {
        start: cursor.offset_of(line),
        method_end: cursor.buffer.len() - method_end,
        target_end: cursor.offset_of(end),
        hint: RequestLineHint { is_get: get.is_some(), is_plain: true, query_at },
    })
}

const HOST: Slot = Slot::new(b'h', b't', 4);
const CONNECTION: Slot = Slot::new(b'c', b'n', 10);

/// Parses complete field lines, of which the first is or was at `start`, and records them. Returns `Complete` behind the empty line, and `Partial` at the start of a line that is
/// partial or breaks the grammar.
#[inline(always)]
pub(crate) fn parse_field_lines(
    cursor: &mut Cursor<'_>,
    start: usize,
    framing: &mut FramingFields,
    index: &mut FieldIndex,
) -> Result<Progress, Rejection> {
    if let Some(rest) = framing.usual_host(cursor.rest) {
        index.add_to(HOST, b"host", cursor.offset() - start);
        cursor.rest = rest;
        // Many requests have no other field.
        if let [b'\r', b'\n', rest @ ..] = rest {
            cursor.rest = rest;
            return Ok(Progress::Complete);
        }
    }
    more_field_lines(cursor, start, framing, index)
}

#[inline(always)]
fn more_field_lines(
    cursor: &mut Cursor<'_>,
    start: usize,
    framing: &mut FramingFields,
    index: &mut FieldIndex,
) -> Result<Progress, Rejection> {
    let mut line = cursor.rest;
    let lines = cursor.buffer.len() - start;
    loop {
        if let [b'C', ..] = line
            && let Some(rest) = framing.usual_keep_alive(line)
        {
            index.add_to(CONNECTION, b"connection", lines - line.len());
            line = rest;
            // It is often the last field.
            if let [b'\r', b'\n', ..] = rest {
                break;
            }
            continue;
        }
        // The branches of a search byte by byte are predicted: the next line does not wait for this one.
        let colon = skip(line, TOKEN);
        let [b':', value @ ..] = colon else { break };
        let end = skip_value(value);
        let Some((b"\r\n", next)) = end.split_first_chunk() else { break };
        let Some(name) = line.get(..line.len() - colon.len()) else { break };
        let Some(slot) = Slot::of(name) else { break };
        index.add_to(slot, name, lines - line.len());
        if FramingFields::may_matter(slot, name) {
            let value = trim(split_at(value, value.len() - end.len()).0);
            if let Err(rejection) = framing.record(name, value) {
                cursor.rest = end;
                return Err(rejection);
            }
        }
        line = next;
    }
    cursor.rest = line;
    let [b'\r', b'\n', rest @ ..] = line else { return Ok(Progress::Partial) };
    cursor.rest = rest;
    Ok(Progress::Complete)
}
