//! Law: bytes leave in the order in which they were staged, and an answer that has not begun to leave can still be
//! taken back; one that is whole never is.

use core::future::Future;
use core::num::NonZero;

use embedded_io_async::{Error as _, ErrorKind};

use crate::error::{Error, Misuse};
use crate::transport::{Phase, Transport};
use crate::wire::{
    ByteBuffer, CHUNK_END, CHUNK_LINE, LAST_CHUNK, ResponseHeadSpec, chunk_line, encode_at_end,
};

/// The most that is written under one deadline of [`Phase::Response`]: 64 KB.
pub const MAX_WRITE: usize = 64 * 1024;

/// The response buffer of a connection. Staging never waits: it takes what fits, and what does not has to wait for a
/// [`flush`].
#[derive(Debug)]
pub(crate) struct Output<'m> {
    staged: ByteBuffer<'m>,
    /// How many of the staged bytes belong to whole answers.
    whole: usize,
    /// Where the data of the chunk that is being filled begins, behind its line.
    chunk: Option<NonZero<usize>>,
    /// Has a part of the current answer left?
    begun: bool,
    /// A write has begun and not ended: it failed, or its future was dropped. How much has left nobody knows, so that
    /// nothing may follow.
    broken: bool,
}

impl<'m> Output<'m> {
    pub(crate) const fn new(memory: &'m mut [u8]) -> Self {
        let staged = ByteBuffer::new(memory);
        Self { staged, whole: 0, chunk: None, begun: false, broken: false }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.staged.is_empty()
    }

    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// A write begins, or has ended well. One that does neither leaves the output broken.
    pub(crate) const fn writes(&mut self, under_way: bool) {
        self.broken = under_way;
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.staged.capacity()
    }

    /// The current answer is whole: the next one begins.
    pub(crate) fn commit(&mut self) {
        self.close_chunk();
        self.whole = self.staged.len();
        self.begun = false;
    }

    /// Takes back the current answer; `false` if it has begun to leave.
    pub(crate) fn roll_back(&mut self) -> bool {
        if !self.begun {
            self.chunk = None;
            self.staged.truncate(self.whole);
        }
        !self.begun
    }

    /// Stages a head and a body whole, or leaves everything as it was.
    pub(crate) fn stage(&mut self, plan: &ResponseHeadSpec<'_>, body: &[&[u8]]) -> Result<(), Misuse> {
        let before = self.staged.len();
        encode_at_end(&mut self.staged, plan)?;
        for part in body {
            if !self.staged.push(part) {
                self.staged.truncate(before);
                return Err(Misuse::HeadTooLarge);
            }
        }
        Ok(())
    }

    /// Stages an interim answer, which is never taken back; `false` if there is no room.
    pub(crate) fn interim(&mut self, answer: &[u8]) -> bool {
        let fits = self.staged.push(answer);
        if fits {
            self.commit();
        }
        fits
    }

    /// Stages as many of `bytes` as fit, as they are, and leaves the rest there.
    pub(crate) fn plain(&mut self, bytes: &mut &[u8]) {
        let (now, later) = bytes.split_at_checked(self.free()).unwrap_or((*bytes, &[]));
        // What fits was measured: this cannot fail.
        let _ = self.staged.push(now);
        *bytes = later;
    }

    /// Stages as many of `bytes` as fit, as part of a chunk that is closed when the buffer is flushed, and leaves the rest
    /// there.
    pub(crate) fn chunked(&mut self, bytes: &mut &[u8]) {
        let filled = self.chunk.map_or(0, |data| self.staged.len().saturating_sub(data.get()));
        let frame = if self.chunk.is_some() { CHUNK_END.len() } else { CHUNK_LINE + CHUNK_END.len() };
        let room = self.free().saturating_sub(frame).min(usize::from(u16::MAX).saturating_sub(filled));
        if room > 0 && !bytes.is_empty() {
            if self.chunk.is_none() {
                let _ = self.staged.push(&chunk_line(0));
                self.chunk = NonZero::new(self.staged.len());
            }
            let (now, later) = bytes.split_at_checked(room).unwrap_or((*bytes, &[]));
            let _ = self.staged.push(now);
            *bytes = later;
        }
    }

    /// Stages the end of a chunked body; `false` if there is no room.
    pub(crate) fn last_chunk(&mut self) -> bool {
        self.close_chunk();
        self.staged.push(LAST_CHUNK)
    }

    fn free(&self) -> usize {
        self.staged.capacity() - self.staged.len()
    }

    /// Writes the length of the chunk that is being filled into its line, and ends it. Room for that was kept.
    fn close_chunk(&mut self) {
        if let Some(data) = self.chunk.take().map(NonZero::get) {
            let length = self.staged.len().saturating_sub(data);
            if let Some(place) = self.staged.range_mut(data.saturating_sub(CHUNK_LINE), CHUNK_LINE) {
                place.copy_from_slice(&chunk_line(length as u16));
            }
            let _ = self.staged.push(CHUNK_END);
        }
    }

    /// Everything that is staged, about to leave.
    fn leaving(&mut self) -> &[u8] {
        self.close_chunk();
        self.begun |= self.staged.len() > self.whole;
        self.staged.bytes()
    }

    fn clear(&mut self) {
        self.staged.truncate(0);
        self.whole = 0;
    }
}

/// Sends everything that is staged. Waits for the peer to take it.
pub(crate) fn flush<T: Transport>(
    transport: &mut T,
    output: &mut Output<'_>,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        if output.broken {
            return Err(Error::Closed);
        }
        if output.is_empty() {
            return Ok(());
        }
        output.writes(true);
        write(transport, output.leaving()).await?;
        output.writes(false);
        output.clear();
        Ok(())
    }
}

/// Writes all of `bytes`, a [`MAX_WRITE`] under each deadline, and flushes them; does nothing where there are none.
pub(crate) fn write<T: Transport>(
    transport: &mut T,
    mut bytes: &[u8],
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        if !bytes.is_empty() {
            transport.enter(Phase::Response);
        }
        while !bytes.is_empty() {
            // Pieces are counted from the end: what is left says where the next one begins, and nothing else has to.
            let (piece, _) =
                bytes.split_at_checked((bytes.len() - 1) % MAX_WRITE + 1).unwrap_or((bytes, &[]));
            match transport.write(piece).await {
                Ok(0) => return Err(Error::Closed),
                Ok(count) => bytes = bytes.get(count..).unwrap_or(&[]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::Io(error)),
            }
            if !bytes.is_empty() && bytes.len().is_multiple_of(MAX_WRITE) {
                transport.enter(Phase::Response);
            }
        }
        loop {
            match transport.flush().await {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other.map_err(Error::Io),
            }
        }
    }
}

/// Reads once, whatever interrupts it.
pub(crate) fn read<T: Transport>(
    transport: &mut T,
    memory: &mut [u8],
) -> impl Future<Output = Result<usize, T::Error>> {
    async move {
        loop {
            match transport.read(memory).await {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}
