//! The state of a connection between two calls of `serve_until_idle`, and the memory of its buffers.
//! Invariant: what is buffered outlives every future that works in it: a page that panics loses its own response and none
//! before it. Unread bytes leave in the order in which they came, each once.

use super::response_buffer::ResponseBuffer;
use crate::slice::copy_down;

/// The state of a connection: its two buffers, and what is in them.
///
/// * The request buffer holds a head and the bytes right behind it. A head is at most [`ConnectionState::RESERVE`] bytes
///   shorter than the buffer; a longer one is answered 431, or 414 if its request line does not end. A device needs about
///   1 KB, browsers 2 KB, large cookies 8 KB.
/// * The response buffer collects what is sent. The head of a response has to fit into it whole; bodies of any length pass
///   through it. It should hold [`ConnectionState::MIN_OUTPUT`] bytes.
///
/// Beside the buffers it costs 88 bytes where a word has 64 bits.
#[derive(Debug)]
pub struct ConnectionState<'m> {
    pub(crate) input: Input<'m>,
    pub(crate) response: ResponseBuffer<'m>,
    pub(crate) body_limit: u64,
}

impl<'m> ConnectionState<'m> {
    /// How many bytes of the request buffer a head leaves free, for the framing of its body.
    pub const RESERVE: usize = 16;
    /// The bytes of a response buffer that hold every refusal. In a shorter one refusals lose their body, or cannot be made.
    pub const MIN_OUTPUT: usize = 512;

    /// A new connection. `input` is the request buffer, `output` the response buffer; what they hold is overwritten.
    pub const fn new(input: &'m mut [u8], output: &'m mut [u8]) -> Self {
        Self { input: Input::new(input), response: ResponseBuffer::new(output), body_limit: u64::MAX }
    }

    /// Refuses bodies of more than `limit` bytes with 413. Default: no limit but the memory that a page reads into.
    #[must_use]
    pub const fn body_limit(mut self, limit: u64) -> Self {
        self.body_limit = limit;
        self
    }

    /// Returns true if nothing is unread and nothing is left to send. The buffers may then go to another connection.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.input.is_empty() && self.response.is_empty()
    }

    /// The longest head that is accepted, in bytes.
    pub(crate) const fn head_limit(&self) -> usize {
        self.input.capacity().saturating_sub(Self::RESERVE)
    }
}

/// A request buffer. `memory[from..to]` is unread.
#[derive(Debug)]
pub(crate) struct Input<'m> {
    memory: &'m mut [u8],
    from: usize,
    to: usize,
}

impl<'m> Input<'m> {
    pub(crate) const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, from: 0, to: 0 }
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Returns true if nothing is unread.
    pub(crate) const fn is_empty(&self) -> bool {
        self.from == self.to
    }

    // Inlined, it is smaller than a call: 92 bytes of a device's flash.
    #[inline(always)]
    pub(crate) fn unread(&self) -> &[u8] {
        self.memory.get(self.from..self.to).unwrap_or(&[])
    }

    /// Marks the first `count` unread bytes as read.
    pub(crate) const fn consume(&mut self, count: usize) {
        self.from += count;
    }

    /// Drops what is unread.
    pub(crate) const fn clear(&mut self) {
        (self.from, self.to) = (0, 0);
    }

    /// The memory behind what is unread, to read into; then call [`Self::fill`].
    #[inline(always)]
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.to..).unwrap_or(&mut [])
    }

    /// Makes the first `count` bytes of [`Self::free`] unread.
    pub(crate) const fn fill(&mut self, count: usize) {
        self.to += count;
    }

    /// Moves what is unread to the front, if fewer than `room` bytes follow the first `keep` of it.
    pub(crate) fn compact(&mut self, keep: usize, room: usize) {
        if self.from > 0 && self.memory.len().saturating_sub(self.from + keep) < room {
            self.to = copy_down(self.memory, self.from..self.to, 0);
            self.from = 0;
        }
    }

    /// Splits behind the first `length` unread bytes: returns these, and an input of all memory that follows.
    pub(crate) fn split(&mut self, length: usize) -> (&[u8], Input<'_>) {
        let start = self.from + length;
        let (front, memory) = self.memory.split_at_mut_checked(start).unwrap_or_default();
        let bytes = front.get(self.from..).unwrap_or(&[]);
        (bytes, Input { memory, from: 0, to: self.to.saturating_sub(start) })
    }

    /// Where the unread bytes begin and end, counted from the end of the memory: the same for both sides of a split.
    pub(crate) const fn unread_from_end(&self) -> (usize, usize) {
        (self.memory.len().saturating_sub(self.from), self.memory.len().saturating_sub(self.to))
    }

    /// Ends a split: takes over what the second part has left unread, given as its [`Self::unread_from_end`].
    pub(crate) const fn rejoin(&mut self, (from, to): (usize, usize)) {
        let length = self.memory.len();
        (self.from, self.to) =
            if from == to { (0, 0) } else { (length.saturating_sub(from), length.saturating_sub(to)) };
    }
}

/// The two buffers of a connection in one piece, for a `static`, a stack or a `Box`: `INPUT + OUTPUT` bytes.
///
/// ```
/// let mut buffers = bantam::Buffers::<1024, 512>::new();
/// let state = buffers.state();
/// assert!(state.is_empty());
/// ```
#[derive(Debug)]
pub struct Buffers<const INPUT: usize = 2048, const OUTPUT: usize = 1024> {
    input: [u8; INPUT],
    output: [u8; OUTPUT],
}

impl<const INPUT: usize, const OUTPUT: usize> Buffers<INPUT, OUTPUT> {
    /// Empty buffers.
    #[must_use]
    pub const fn new() -> Self {
        Self { input: [0; INPUT], output: [0; OUTPUT] }
    }

    /// A new connection in these buffers.
    pub const fn state(&mut self) -> ConnectionState<'_> {
        ConnectionState::new(&mut self.input, &mut self.output)
    }
}

impl<const INPUT: usize, const OUTPUT: usize> Default for Buffers<INPUT, OUTPUT> {
    fn default() -> Self {
        Self::new()
    }
}
