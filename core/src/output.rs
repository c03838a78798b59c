//! Law: bytes leave in the order in which they were staged, and an answer that has not begun to leave can still be
//! taken back; one that is whole never is.

use embedded_io_async::{Error as _, ErrorKind};
use heapless::VecView;

use crate::connection::{Phase, Transport};
use crate::error::{Error, Misuse};
use crate::wire::{CHUNK_FRAME, HeadPlan, LAST_CHUNK, chunk_line, response};

/// The most that is written under one deadline of [`Phase::Reply`]: 64 KB.
pub const PIECE: usize = 64 * 1024;

/// The response buffer of a connection.
#[derive(Debug)]
pub(crate) struct Output<'m> {
    staged: &'m mut VecView<u8>,
    /// How many of the staged bytes belong to whole answers.
    whole: usize,
    /// Where the line of the chunk that is being filled stands.
    chunk: Option<usize>,
    /// Has a part of the current answer left?
    begun: bool,
}

impl<'m> Output<'m> {
    pub(crate) fn new(staged: &'m mut VecView<u8>) -> Self {
        staged.clear();
        Self { staged, whole: 0, chunk: None, begun: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.staged.is_empty()
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
    pub(crate) fn stage<'b>(
        &mut self,
        plan: &HeadPlan<'_>,
        mut body: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), Misuse> {
        let before = self.staged.len();
        response(self.staged, plan)?;
        let fits = body.all(|part| self.staged.extend_from_slice(part).is_ok());
        if !fits {
            self.staged.truncate(before);
        }
        if fits { Ok(()) } else { Err(Misuse::HeadTooLarge) }
    }

    /// Stages bytes as they are; those that would only pass through a full buffer go straight out.
    pub(crate) async fn plain<T: Transport>(
        &mut self,
        transport: &mut T,
        mut bytes: &[u8],
    ) -> Result<(), Error<T::Error>> {
        loop {
            let (now, later) = bytes.split_at_checked(self.free()).unwrap_or((bytes, &[]));
            // What fits was measured: this cannot fail.
            let _ = self.staged.extend_from_slice(now);
            bytes = later;
            if bytes.is_empty() {
                return Ok(());
            }
            self.flush(transport).await?;
            self.begun = true;
            while !bytes.is_empty() && bytes.len() >= self.free() {
                let (piece, later) = bytes.split_at_checked(PIECE).unwrap_or((bytes, &[]));
                write(transport, piece).await?;
                bytes = later;
            }
        }
    }

    /// Stages bytes as part of a chunk, which is closed when the buffer is flushed.
    pub(crate) async fn chunked<T: Transport>(
        &mut self,
        transport: &mut T,
        mut bytes: &[u8],
    ) -> Result<(), Error<T::Error>> {
        while !bytes.is_empty() {
            let opening = if self.chunk.is_none() { CHUNK_FRAME } else { 2 };
            let room = self.free().saturating_sub(opening).min(self.chunk_room());
            if room == 0 {
                if self.is_empty() {
                    return Err(Misuse::HeadTooLarge.into());
                }
                self.flush(transport).await?;
                continue;
            }
            if self.chunk.is_none() {
                self.chunk = Some(self.staged.len());
                let _ = self.staged.extend_from_slice(&chunk_line(0));
            }
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            let _ = self.staged.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Stages the end of a chunked body.
    pub(crate) async fn last_chunk<T: Transport>(
        &mut self,
        transport: &mut T,
    ) -> Result<(), Error<T::Error>> {
        self.close_chunk();
        self.plain(transport, LAST_CHUNK).await
    }

    /// Stages an interim answer, which is never taken back.
    pub(crate) async fn interim<T: Transport>(
        &mut self,
        transport: &mut T,
        answer: &[u8],
    ) -> Result<(), Error<T::Error>> {
        self.plain(transport, answer).await?;
        self.commit();
        Ok(())
    }

    /// Sends everything that is staged. Waits for the peer to take it.
    pub(crate) async fn flush<T: Transport>(&mut self, transport: &mut T) -> Result<(), Error<T::Error>> {
        self.close_chunk();
        if self.is_empty() {
            return Ok(());
        }
        self.begun |= self.staged.len() > self.whole;
        write(transport, self.staged).await?;
        self.staged.clear();
        self.whole = 0;
        Ok(())
    }

    fn free(&self) -> usize {
        self.staged.capacity() - self.staged.len()
    }

    fn chunk_room(&self) -> usize {
        match self.chunk {
            Some(line) => usize::from(u16::MAX).saturating_sub(self.staged.len() - line - 6),
            None => usize::from(u16::MAX),
        }
    }

    /// Writes the length of the chunk that is being filled into its line, and ends it. Room for that was kept.
    fn close_chunk(&mut self) {
        if let Some(line) = self.chunk.take() {
            let length = self.staged.len().saturating_sub(line + 6);
            if let Some(place) = self.staged.get_mut(line..line + 6) {
                place.copy_from_slice(&chunk_line(length as u16));
            }
            let _ = self.staged.extend_from_slice(b"\r\n");
        }
    }
}

/// Writes all of `bytes`, at most a [`PIECE`], under one deadline, and flushes them.
async fn write<T: Transport>(transport: &mut T, mut bytes: &[u8]) -> Result<(), Error<T::Error>> {
    transport.enter(Phase::Reply);
    while !bytes.is_empty() {
        match transport.write(bytes).await {
            Ok(0) => return Err(Error::Closed),
            Ok(count) => bytes = bytes.get(count..).unwrap_or(&[]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::Io(error)),
        }
    }
    match transport.flush().await {
        Err(error) if error.kind() != ErrorKind::Interrupted => Err(Error::Io(error)),
        _ => Ok(()),
    }
}

/// Reads once, whatever interrupts it.
pub(crate) async fn read<T: Transport>(transport: &mut T, memory: &mut [u8]) -> Result<usize, T::Error> {
    loop {
        match transport.read(memory).await {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
