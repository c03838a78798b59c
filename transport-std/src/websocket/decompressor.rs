//! The decompression of messages, RFC 7692 section 7.2.2.
//!
//! Invariant: the memory does not depend on what is decompressed.

use bantam::wire::{Opcode, WebSocketError};
use zlib_rs::{Inflate, InflateFlush, Status};

use super::spare::{Spare, give_back, take};

/// What the sender has left out at the end of a message.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// A window of 32 KB serves for any, and the state has none that is smaller.
const BITS: u8 = 15;

thread_local! {
    static SPARE: Spare<Inflate> = const { Spare::new(Vec::new()) };
}

/// Decompresses the pieces of messages.
pub(super) struct Decompressor {
    state: Option<Inflate>,
    /// Whether the peer's next message can refer to this one.
    has_takeover: bool,
    /// The piece that is being decompressed, from `at` on.
    input: Vec<u8>,
    at: usize,
    opcode: Opcode,
    /// Whether the message ends with the piece.
    is_last: bool,
    is_idle: bool,
    /// Whether the sender has ended its stream inside of the message.
    has_ended: bool,
}

impl Decompressor {
    pub(super) const fn new(has_takeover: bool) -> Self {
        Self {
            state: None,
            has_takeover,
            input: Vec::new(),
            at: 0,
            opcode: Opcode::Binary,
            is_last: true,
            is_idle: true,
            has_ended: false,
        }
    }

    /// Takes a piece. The last one has been decompressed.
    pub(super) fn feed(&mut self, opcode: Opcode, is_last: bool, data: &[u8]) {
        self.input.clear();
        self.input.extend_from_slice(data);
        if is_last {
            self.input.extend_from_slice(&TAIL);
        }
        (self.at, self.opcode, self.is_last, self.is_idle) = (0, opcode, is_last, false);
    }

    /// What the pieces belong to.
    pub(super) const fn opcode(&self) -> Opcode {
        self.opcode
    }

    /// Decompresses to `output`, which is not empty. Returns the bytes written, and whether the message ends with them; `None` when
    /// another piece is needed.
    pub(super) fn advance(&mut self, output: &mut [u8]) -> Result<Option<(usize, bool)>, WebSocketError> {
        while !self.is_idle {
            let state = self.state.get_or_insert_with(|| take(&SPARE, BITS, || Inflate::new(false, BITS)));
            let rest = self.input.get(self.at..).unwrap_or(&[]);
            let (read, written) = (state.total_in(), state.total_out());
            let status = state.decompress(rest, output, InflateFlush::SyncFlush);
            let status = status.map_err(|_| WebSocketError::BadCompression)?;
            let (read, written) =
                ((state.total_in() - read) as usize, (state.total_out() - written) as usize);
            self.at += read;
            if status == Status::StreamEnd {
                // Section 7.2.3.4: another stream can follow. It cannot refer to this one.
                state.reset(false);
                self.has_ended = true;
            } else if written < output.len() && (read == rest.len() || read == 0) {
                self.is_idle = true;
                if self.is_last {
                    self.end_message();
                    return Ok(Some((written, true)));
                }
            }
            if written > 0 {
                return Ok(Some((written, false)));
            }
        }
        Ok(None)
    }

    /// Forgets the message, if the next one cannot refer to it.
    fn end_message(&mut self) {
        let has_ended = std::mem::take(&mut self.has_ended);
        if has_ended || !self.has_takeover {
            let Some(mut state) = self.state.take() else { return };
            state.reset(false);
            if self.has_takeover {
                self.state = Some(state);
            } else {
                self.input = Vec::new();
                give_back(&SPARE, BITS, state);
            }
        }
    }
}
