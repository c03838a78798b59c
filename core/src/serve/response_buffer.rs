//! The response buffer of a connection: staged bytes, and which of them can still be rolled back.
//! Invariant: bytes leave in the order in which they were staged; a response is rolled back whole or not at all, and never
//! after it was committed.

use core::num::NonZero;

use crate::error::Misuse;
use crate::slice::split_at;
use crate::wire::{
    ByteBuffer, CHUNK_END, CHUNK_LINE, LAST_CHUNK, ResponseHeadSpec, chunk_line, encode_end, encode_front,
};

/// A response buffer. Staging never waits: it takes what fits, and the rest has to wait for a flush.
#[derive(Debug)]
pub(crate) struct ResponseBuffer<'m> {
    staged: ByteBuffer<'m>,
    /// How many of the staged bytes belong to complete responses.
    committed: usize,
    /// Where the data of the open chunk begins, behind its chunk line.
    chunk: Option<NonZero<usize>>,
    /// A part of the current response has been written.
    partly_sent: bool,
    /// Set while a write runs. It stays if the write fails or its future is dropped: how many bytes have left is then unknown,
    /// so that nothing may follow.
    pub(crate) broken: bool,
}

impl<'m> ResponseBuffer<'m> {
    pub(crate) const fn new(memory: &'m mut [u8]) -> Self {
        let staged = ByteBuffer::new(memory);
        Self { staged, committed: 0, chunk: None, partly_sent: false, broken: false }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.staged.is_empty()
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.staged.capacity()
    }

    /// Ends the current response; the next one begins.
    pub(crate) fn commit(&mut self) {
        self.close_chunk();
        self.committed = self.staged.len();
        self.partly_sent = false;
    }

    /// Unstages the current response; returns false, and changes nothing, if a part of it has been written.
    pub(crate) fn roll_back(&mut self) -> bool {
        if !self.partly_sent {
            self.chunk = None;
            self.staged.truncate(self.committed);
        }
        !self.partly_sent
    }

    /// Stages a head whole, or changes nothing. `more`: fields behind its own; `add` appends others, and gets the place of the first
    /// field.
    pub(crate) fn stage(
        &mut self,
        head: &ResponseHeadSpec<'_>,
        more: &[(&str, &str)],
        add: impl FnOnce(&mut ByteBuffer<'m>, usize) -> Result<(), Misuse>,
    ) -> Result<(), Misuse> {
        let before = self.staged.len();
        let staged = encode_front(&mut self.staged, head, more)
            .and_then(|from| add(&mut self.staged, from))
            .and_then(|()| encode_end(&mut self.staged, head.framing, head.connection));
        if staged.is_err() {
            self.staged.truncate(before);
        }
        staged
    }

    /// Stages and commits an interim response; returns false, and changes nothing, if it does not fit.
    pub(crate) fn stage_interim(&mut self, response: &[u8]) -> bool {
        let fits = self.staged.push(response);
        if fits {
            self.commit();
        }
        fits
    }

    /// Stages as many of `bytes` as fit, as they are, and leaves the rest in `bytes`.
    pub(crate) fn stage_plain(&mut self, bytes: &mut &[u8]) {
        let (now, later) = split_at(bytes, self.free());
        // `now` is at most what is free.
        let _ = self.staged.push(now);
        *bytes = later;
    }

    /// Stages as many of `bytes` as fit, as part of a chunk that the next flush closes, and leaves the rest in `bytes`.
    pub(crate) fn stage_chunked(&mut self, bytes: &mut &[u8]) {
        let filled = self.chunk.map_or(0, |data| self.staged.len().saturating_sub(data.get()));
        let frame = if self.chunk.is_some() { CHUNK_END.len() } else { CHUNK_LINE + CHUNK_END.len() };
        let room = self.free().saturating_sub(frame).min(usize::from(u16::MAX).saturating_sub(filled));
        if room > 0 && !bytes.is_empty() {
            if self.chunk.is_none() {
                let _ = self.staged.push(&chunk_line(0));
                self.chunk = NonZero::new(self.staged.len());
            }
            let (now, later) = split_at(bytes, room);
            let _ = self.staged.push(now);
            *bytes = later;
        }
    }

    /// Stages the end of a chunked body; returns false if it does not fit.
    pub(crate) fn stage_last_chunk(&mut self) -> bool {
        self.close_chunk();
        self.staged.push(LAST_CHUNK)
    }

    /// Closes the open chunk and returns everything that is staged, to be written. A response that is not committed counts
    /// as partly sent from now on.
    pub(crate) fn close_and_bytes(&mut self) -> &[u8] {
        self.close_chunk();
        self.partly_sent |= self.staged.len() > self.committed;
        self.staged.bytes()
    }

    /// Drops everything that is staged: it has been written.
    pub(crate) fn clear(&mut self) {
        self.staged.truncate(0);
        self.committed = 0;
    }

    fn free(&self) -> usize {
        self.staged.capacity() - self.staged.len()
    }

    /// Writes the length of the open chunk into its chunk line, and ends it. `stage_chunked` keeps room for that.
    fn close_chunk(&mut self) {
        if let Some(data) = self.chunk.take().map(NonZero::get) {
            let length = self.staged.len().saturating_sub(data);
            if let Some(place) = self.staged.range_mut(data.saturating_sub(CHUNK_LINE), CHUNK_LINE) {
                place.copy_from_slice(&chunk_line(length as u16));
            }
            let _ = self.staged.push(CHUNK_END);
        }
    }
}
