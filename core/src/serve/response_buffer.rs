//! The response buffer of a connection: staged bytes, and which of them can still be rolled back.
//! Invariant: bytes leave in the order in which they were staged; a response is rolled back whole or not at all, and never
//! after it was committed.

use core::mem;
use core::num::NonZero;

use crate::cycle::BodyFraming;
use crate::error::Misuse;
use crate::slice::split_at;
use crate::wire::{
    BodyLength, ByteBuffer, CHUNK_END, CHUNK_LINE, ConnectionOption, HEAD_END, LAST_CHUNK, ResponseHeadSpec,
    chunk_line, encode_end, encode_front,
};

/// What an open head leaves free before its body: its end, and the frame of a chunk.
const OPEN_ROOM: usize = HEAD_END + CHUNK_LINE + CHUNK_END.len();

/// A response buffer. Staging never waits: it takes what fits, and the rest has to wait for a flush.
#[derive(Debug)]
pub(crate) struct ResponseBuffer<'m> {
    staged: ByteBuffer<'m>,
    /// How many of the staged bytes belong to complete responses.
    committed: usize,
    /// Where the data of the open chunk begins, behind its chunk line; or the body behind an open head.
    body: Option<NonZero<usize>>,
    /// The head is open: its last fields are not staged, because its framing is not decided. Nothing of it is written.
    is_open: bool,
    /// A part of the current response has been written.
    partly_sent: bool,
    /// Set while a write runs. It stays if the write fails or its future is dropped: how many bytes have left is then unknown,
    /// so that nothing may follow.
    pub(crate) broken: bool,
}

impl<'m> ResponseBuffer<'m> {
    pub(crate) const fn new(memory: &'m mut [u8]) -> Self {
        let staged = ByteBuffer::new(memory);
        Self { staged, committed: 0, body: None, is_open: false, partly_sent: false, broken: false }
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
        (self.body, self.is_open) = (None, false);
        self.committed = self.staged.len();
        self.partly_sent = false;
    }

    /// Unstages the current response; returns false, and changes nothing, if a part of it has been written.
    pub(crate) fn roll_back(&mut self) -> bool {
        if !self.partly_sent {
            (self.body, self.is_open) = (None, false);
            self.staged.truncate(self.committed);
        }
        !self.partly_sent
    }

    /// Stages a head whole, or changes nothing. A head that does not state a length stays open, unless the whole buffer has no
    /// room for that. `more`: fields behind its own; `add` appends others, and gets the place of the first field.
    pub(crate) fn stage(
        &mut self,
        head: &ResponseHeadSpec<'_>,
        more: &[(&str, &str)],
        add: impl FnOnce(&mut ByteBuffer<'m>, usize) -> Result<(), Misuse>,
    ) -> Result<(), Misuse> {
        let before = self.staged.len();
        let staged = encode_front(&mut self.staged, head, more)
            .and_then(|from| add(&mut self.staged, from))
            .and_then(|()| self.end_head(head));
        if staged.is_err() {
            self.staged.truncate(before);
        }
        staged
    }

    /// Stages the end of a head, or the room for that.
    fn end_head(&mut self, head: &ResponseHeadSpec<'_>) -> Result<(), Misuse> {
        if matches!(head.framing, Some(BodyLength::Chunked | BodyLength::UntilClose)) {
            if self.staged.extend(OPEN_ROOM) {
                self.body = NonZero::new(self.staged.len());
                self.is_open = true;
                return Ok(());
            }
            // With the earlier responses flushed there may be room: the form of a response does not depend on them.
            if self.committed > 0 {
                return Err(Misuse::HeadTooLarge);
            }
        }
        encode_end(&mut self.staged, head.framing, head.connection)
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// The longest body that an open head can state the length of: what fits behind it, without the earlier responses, and
    /// into one chunk.
    pub(crate) fn longest_whole(&self) -> usize {
        let head = self.body.map_or(0, NonZero::get).saturating_sub(self.committed);
        self.staged.capacity().saturating_sub(head).min(usize::from(u16::MAX))
    }

    /// Ends the open head, if there is one, with this framing, and moves the body behind it.
    pub(crate) fn close_head(&mut self, framing: Option<BodyLength>, connection: Option<ConnectionOption>) {
        if mem::take(&mut self.is_open)
            && let Some(body) = self.body.take().map(NonZero::get)
        {
            let end = self.staged.len();
            self.staged.truncate(body.saturating_sub(OPEN_ROOM));
            // It fits: there is room for the longest end, and a length is at most that of the buffer.
            let _ = encode_end(&mut self.staged, framing, connection);
            if framing == Some(BodyLength::Chunked) {
                self.open_chunk();
            }
            self.staged.move_to_end(body..end);
        }
    }

    /// Stages and commits an interim response; returns false, and changes nothing, if it does not fit.
    pub(crate) fn stage_interim(&mut self, response: &[u8]) -> bool {
        let fits = self.staged.push(response);
        if fits {
            self.commit();
        }
        fits
    }

    /// The free part of the buffer for body bytes, perhaps empty; then call [`Self::fill`].
    pub(crate) fn free(&mut self, framing: BodyFraming) -> &mut [u8] {
        let mut end = self.staged.capacity();
        if framing == BodyFraming::Chunk && !self.is_open {
            if self.body.is_none() {
                self.open_chunk();
            }
            let longest = self.body.map_or(0, |data| data.get() + usize::from(u16::MAX));
            end = end.saturating_sub(CHUNK_END.len()).min(longest);
        }
        self.staged.free(end)
    }

    /// Stages the first `count` bytes of [`Self::free`].
    pub(crate) fn fill(&mut self, count: usize) {
        let _ = self.staged.extend(count);
    }

    /// Begins a chunk, if its line fits. The next flush closes it.
    fn open_chunk(&mut self) {
        if self.staged.extend(CHUNK_LINE) {
            self.body = NonZero::new(self.staged.len());
        }
    }

    /// Stages as many of `bytes` as fit, and leaves the rest in `bytes`.
    pub(crate) fn stage_body(&mut self, framing: BodyFraming, bytes: &mut &[u8]) {
        let free = self.free(framing);
        let (now, later) = split_at(bytes, free.len());
        if let Some(place) = free.get_mut(..now.len()) {
            place.copy_from_slice(now);
        }
        self.fill(now.len());
        *bytes = later;
    }

    /// Stages the end of a chunked body; returns false if it does not fit.
    pub(crate) fn stage_last_chunk(&mut self) -> bool {
        self.close_chunk();
        self.staged.push(LAST_CHUNK)
    }

    /// Closes the open chunk and returns what is staged, to be written: everything, or the responses before an open head.
    /// A response of which a part is returned counts as partly sent from now on.
    pub(crate) fn close_and_bytes(&mut self) -> &[u8] {
        self.close_chunk();
        let count = self.writable();
        self.partly_sent |= count > self.committed;
        split_at(self.staged.bytes(), count).0
    }

    /// Drops what [`Self::close_and_bytes`] has returned: it has been written.
    pub(crate) fn clear(&mut self) {
        let (count, end) = (self.writable(), self.staged.len());
        self.staged.truncate(0);
        // On a device it is smaller without.
        if cfg!(target_pointer_width = "64") && count == end {
            (self.body, self.committed) = (None, 0);
            return;
        }
        self.staged.move_to_end(count..end);
        self.body = self.body.and_then(|body| NonZero::new(body.get().saturating_sub(count)));
        self.committed = 0;
    }

    /// How many of the staged bytes a flush writes.
    const fn writable(&self) -> usize {
        if self.is_open { self.committed } else { self.staged.len() }
    }

    /// Writes the length of the open chunk into its chunk line, and ends it. `stage_chunked` keeps room for that.
    fn close_chunk(&mut self) {
        if !self.is_open
            && let Some(data) = self.body.take().map(NonZero::get)
        {
            let length = self.staged.len().saturating_sub(data);
            if length == 0 {
                self.staged.truncate(data.saturating_sub(CHUNK_LINE));
                return;
            }
            if let Some(place) = self.staged.range_mut(data.saturating_sub(CHUNK_LINE), CHUNK_LINE) {
                place.copy_from_slice(&chunk_line(length as u16));
            }
            let _ = self.staged.push(CHUNK_END);
        }
    }
}
