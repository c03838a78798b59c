//! Law: all memory of a connection is the caller's, is given once, and outlives every future that works in it: a page
//! that never returns loses its own answer and none before it.

use super::response_buffer::Output;

/// The state of a connection between two moments of being served: its two buffers, and what is in them.
///
/// * The request buffer holds a head and what came right behind it. A head is at most [`ConnectionState::RESERVE`] bytes shorter;
///   a longer one is answered 431, or 414 if its request line does not end. 1 KB does for a device, browsers need 2 KB,
///   big cookies 8 KB.
/// * The response buffer collects what is sent: a head has to fit into it whole, everything else passes through. It
///   should hold [`ConnectionState::MIN_OUTPUT`] bytes, for the answers to errors.
///
/// Beside the buffers it costs 88 bytes where a word has 64 bits.
#[derive(Debug)]
pub struct ConnectionState<'m> {
    pub(crate) input: &'m mut [u8],
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) output: Output<'m>,
    pub(crate) body_limit: u64,
}

impl<'m> ConnectionState<'m> {
    /// How many bytes of the request buffer a head leaves free, for the framing of its body.
    pub const RESERVE: usize = 16;
    /// The shortest response buffer that holds every error answer of the core whole. In a shorter one they lose their
    /// body, or cannot be made.
    pub const MIN_OUTPUT: usize = 512;

    /// A fresh connection in memory of the caller's. What the buffers held is gone.
    pub const fn new(input: &'m mut [u8], output: &'m mut [u8]) -> Self {
        Self { input, from: 0, to: 0, output: Output::new(output), body_limit: u64::MAX }
    }

    /// Refuses bodies of more than `limit` bytes with 413. Without it a body may be of any length: it is the pages that
    /// say how much of it they hold.
    #[must_use]
    pub const fn body_limit(mut self, limit: u64) -> Self {
        self.body_limit = limit;
        self
    }

    /// Is there neither a byte to be read nor one to be sent? Then the buffers may go to another connection.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.from == self.to && self.output.is_empty()
    }

    pub(crate) fn unread(&self) -> &[u8] {
        self.input.get(self.from..self.to).unwrap_or(&[])
    }

    pub(crate) const fn head_limit(&self) -> usize {
        self.input.len().saturating_sub(Self::RESERVE)
    }

    /// Moves what is unread to the front, if fewer than `room` bytes are free behind `from + keep`.
    pub(crate) fn make_room(&mut self, keep: usize, room: usize) {
        if self.from > 0 && self.input.len().saturating_sub(self.from + keep) < room {
            self.to = move_down(self.input, self.from, self.to);
            self.from = 0;
        }
    }

    /// What was read up to `from`, and what is unread up to `to`.
    pub(crate) const fn advance(&mut self, from: usize, to: usize) {
        (self.from, self.to) = if from == to { (0, 0) } else { (from, to) };
    }
}

/// Moves `memory[from..to]` to the front; how long it is. In pieces over the stack, because `copy_within` would bring the
/// whole `memmove` of a device's library with it.
fn move_down(memory: &mut [u8], mut from: usize, to: usize) -> usize {
    const PIECE: usize = 16;
    let mut at = 0;
    while from < to {
        let mut piece = [0; PIECE];
        let length = PIECE.min(to - from);
        if let (Some(taken), Some(source)) = (piece.get_mut(..length), memory.get(from..from + length)) {
            taken.copy_from_slice(source);
        }
        if let (Some(place), Some(taken)) = (memory.get_mut(at..at + length), piece.get(..length)) {
            place.copy_from_slice(taken);
        }
        at += length;
        from += length;
    }
    at
}

/// The two buffers of a connection in one piece, for a `static`, a stack or a `Box`: `INPUT + OUTPUT` bytes.
///
/// ```
/// let mut buffers = bantam::Buffers::<1024, 512>::new();
/// let session = buffers.state();
/// assert!(session.is_empty());
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

    /// A fresh connection in these buffers.
    pub const fn state(&mut self) -> ConnectionState<'_> {
        ConnectionState::new(&mut self.input, &mut self.output)
    }
}

impl<const INPUT: usize, const OUTPUT: usize> Default for Buffers<INPUT, OUTPUT> {
    fn default() -> Self {
        Self::new()
    }
}
