//! The request buffer of a connection: memory of the caller's, and which part of it is unread.
//! Invariant: unread bytes leave in the order in which they came, each once.

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
            self.to = copy_down(self.memory, self.from, self.to);
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

/// Moves `memory[from..to]` to the front, and returns its length. In pieces over the stack: `copy_within` links the whole
/// `memmove` of a device's library.
fn copy_down(memory: &mut [u8], mut from: usize, to: usize) -> usize {
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
