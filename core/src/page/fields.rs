//! [`Fields`]: the fields of a response that is being made, to which a site and its layers add their own.
//! Invariant: a field is appended whole and valid, or the response is not made.

use crate::error::Misuse;
use crate::slice::split_once;
use crate::wire::{
    ByteBuffer, Headers, RequestHead, Status, members, push_field, request_head, validate_field,
};

/// The fields of a response that is being made: those of the page, or of a refusal, and what [`Site::fields`](crate::Site::fields) and
/// [`Layer::fields`](crate::Layer::fields) add. They stand in the response buffer; nothing is copied.
///
/// A field that is not valid, that only the core writes, or that does not fit ends the response: the page gets [`Misuse::BadHeader`],
/// [`Misuse::ReservedHeader`] or [`Misuse::HeadTooLarge`] of `make_response`. The response to a request that fails in this way is 500,
/// without these fields.
#[derive(Debug)]
pub struct Fields<'f> {
    pub(crate) out: ByteBuffer<'f>,
    /// Where the first field begins, with the line end before it.
    pub(crate) from: usize,
    pub(crate) status: Status,
    pub(crate) head: &'f [u8],
    pub(crate) added: Result<(), Misuse>,
    pub(crate) is_secure: bool,
}

impl<'f> Fields<'f> {
    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The head of the request; `None` if it was not understood. Parses it at every call.
    #[must_use]
    pub fn request(&self) -> Option<RequestHead<'f>> {
        request_head(self.head).ok().map(|(_, head)| head)
    }

    /// Returns true if the connection is secure: [`Transport::is_secure`](crate::Transport::is_secure).
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The fields so far, without those of the core.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        Headers::new(self.out.bytes().get(self.from + 2..).unwrap_or(&[]))
    }

    /// Appends a field. One of the same name stays: a list may have several lines.
    pub fn add(&mut self, name: &str, value: &str) {
        if self.added.is_ok() {
            self.added = push_field(&mut self.out, name, value);
        }
    }

    /// Appends a field, unless there is one of this name.
    pub fn add_if_absent(&mut self, name: &str, value: &str) {
        if self.headers().first(name).is_none() {
            self.add(name, value);
        }
    }

    /// Appends a member to the first field of this name, whose value is a list (RFC 9110 section 5.6.1), such as `Vary`; without one,
    /// adds it. Nothing changes if the list has the member, in any case, or `*`.
    pub fn append(&mut self, name: &str, member: &str) {
        let mut at = self.from;
        while let Some([b'\r', b'\n', rest @ ..]) = self.out.bytes().get(at..) {
            let (line, _) = split_once(rest, b'\r');
            let (line_name, value) = split_once(line, b':');
            at += "\r\n".len() + line.len();
            if !line_name.eq_ignore_ascii_case(name.as_bytes()) {
                continue;
            }
            let is_same = |other: &[u8]| other == b"*" || other.eq_ignore_ascii_case(member.as_bytes());
            if !members(value.unwrap_or(&[])).any(is_same) && self.added.is_ok() {
                self.added = insert_member(&mut self.out, at, name, member);
            }
            return;
        }
        self.add(name, member);
    }

    /// Removes every field of this name, and appends this one.
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    /// Removes every field of this name.
    pub fn remove(&mut self, name: &str) {
        let mut at = self.from;
        while let Some([b'\r', b'\n', rest @ ..]) = self.out.bytes().get(at..) {
            let (line, _) = split_once(rest, b'\r');
            let (line_name, _) = split_once(line, b':');
            let length = "\r\n".len() + line.len();
            if line_name.eq_ignore_ascii_case(name.as_bytes()) {
                self.out.remove(at, length);
            } else {
                at += length;
            }
        }
    }
}

/// Inserts a member, with the comma before it, at the end of the field line that ends at `at`.
fn insert_member(out: &mut ByteBuffer<'_>, at: usize, name: &str, member: &str) -> Result<(), Misuse> {
    validate_field(name.as_bytes(), member.as_bytes())?;
    let fits = out.insert(at, b", ") && out.insert(at + ", ".len(), member.as_bytes());
    if fits { Ok(()) } else { Err(Misuse::HeadTooLarge) }
}
