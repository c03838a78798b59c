//! `GzipBody`: the body of a response in gzip (RFC 1952), compressed while it is sent.
//!
//! Invariant: other connections of the worker run after every 16 KB that are compressed.

use bantam::Connection;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status};

use crate::files::listing_load::Turn;

/// The level of zlib: most of what higher ones save, in half of their time.
const LEVEL: i32 = 4;
/// Windows of 32 KB, with the header of gzip (`deflateInit2` of zlib).
const WINDOW_BITS: i32 = 15 + 16;
/// What is compressed at once, and what is sent at once, in bytes: 16 KB.
const PIECE: usize = 16 * 1024;
/// To open a file takes as long as to compress so many bytes, about.
const ENTRY: usize = 2 * 1024;

/// Compresses what is written, and sends it.
pub(super) struct GzipBody<'l> {
    state: Deflate,
    output: Vec<u8>,
    /// How much of `output` is to be sent.
    filled: usize,
    /// What was compressed since other connections have run, in bytes.
    spent: usize,
    turn: Turn<'l>,
}

impl<'l> GzipBody<'l> {
    pub(super) fn new(turn: Turn<'l>) -> Self {
        let config = DeflateConfig { level: LEVEL, window_bits: WINDOW_BITS, ..DeflateConfig::default() };
        Self { state: Deflate::new_with_config(config), output: vec![0; PIECE], filled: 0, spent: 0, turn }
    }

    /// Compresses bytes, and sends what that makes. Waits for the client, and for other connections.
    ///
    /// # Errors
    /// What the stream fails with.
    pub(super) async fn write<C: Connection>(
        &mut self,
        mut input: &[u8],
        connection: &mut C,
    ) -> Result<(), C::Error> {
        while !input.is_empty() {
            let piece = &input[..input.len().min(PIECE - self.spent.min(PIECE - 1))];
            self.turn.step(connection).await?;
            let (read, _) = self.compress(piece, DeflateFlush::NoFlush);
            input = &input[read..];
            self.spend(read).await;
            self.send_full(connection).await?;
        }
        Ok(())
    }

    /// Counts an entry. Waits for other connections.
    ///
    /// # Errors
    /// What the stream fails with.
    pub(super) async fn begin_entry<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        self.turn.step(connection).await?;
        self.spend(ENTRY).await;
        Ok(())
    }

    /// Sends the rest, and the end of the format.
    ///
    /// # Errors
    /// What the stream fails with.
    pub(super) async fn finish<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut is_done = false;
        while !is_done {
            self.turn.step(connection).await?;
            is_done = self.compress(&[], DeflateFlush::Finish).1;
            self.send_full(connection).await?;
        }
        self.turn.rest();
        connection.send(&self.output[..self.filled]).await
    }

    /// Compresses once. Returns how many bytes were read, and whether the end was written.
    fn compress(&mut self, input: &[u8], flush: DeflateFlush) -> (usize, bool) {
        let (read, written) = (self.state.total_in(), self.state.total_out());
        let result = self.state.compress(input, &mut self.output[self.filled..], flush);
        debug_assert!(result.is_ok(), "the configuration is valid");
        self.filled += (self.state.total_out() - written) as usize;
        ((self.state.total_in() - read) as usize, !matches!(result, Ok(Status::Ok | Status::BufError)))
    }

    /// Sends the output if it is full.
    async fn send_full<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        if self.filled == self.output.len() {
            self.turn.rest();
            connection.send(&self.output).await?;
            self.filled = 0;
        }
        Ok(())
    }

    /// Counts work. Yields when a piece's worth is done.
    async fn spend(&mut self, cost: usize) {
        self.spent += cost;
        if self.spent >= PIECE {
            self.spent = 0;
            self.turn.pass().await;
        }
    }
}
