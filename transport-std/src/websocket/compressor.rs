//! The compression of messages, RFC 7692 section 7.2.1.
//!
//! Invariant: what is compressed ends at a byte, and can be decompressed up to there.

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use super::spare::{Spare, give_back, take};

/// The level of zlib: its default.
const LEVEL: i32 = 6;
/// The symbols that a block has at most are 64 times 2 to this power: 14 KB of memory.
const MEM_LEVEL: i32 = 5;

thread_local! {
    static SPARE: Spare<Deflate> = const { Spare::new(Vec::new()) };
}

/// Compresses messages.
pub(super) struct Compressor {
    state: Option<Deflate>,
    /// Whether a message can refer to the one before it.
    has_takeover: bool,
    window_bits: u8,
}

impl Compressor {
    pub(super) const fn new(has_takeover: bool, window_bits: u8) -> Self {
        Self { state: None, has_takeover, window_bits }
    }

    /// Compresses `input` to `output`, which is not empty, and flushes. Returns the bytes read and written. Everything is written if
    /// `output` has not been filled; it ends with an empty block then, unless nothing was written.
    pub(super) fn compress(&mut self, input: &[u8], output: &mut [u8]) -> (usize, usize) {
        let bits = self.window_bits;
        let state = self.state.get_or_insert_with(|| take(&SPARE, bits, || make(bits)));
        let (read, written) = (state.total_in(), state.total_out());
        let result = state.compress(input, output, DeflateFlush::SyncFlush);
        debug_assert!(result.is_ok(), "the configuration is valid");
        ((state.total_in() - read) as usize, (state.total_out() - written) as usize)
    }

    /// Forgets the message, if the next one cannot refer to it.
    pub(super) fn end_message(&mut self) {
        if !self.has_takeover
            && let Some(mut state) = self.state.take()
        {
            state.reset();
            give_back(&SPARE, self.window_bits, state);
        }
    }
}

fn make(bits: u8) -> Deflate {
    // A negative number of bits: without the header of zlib.
    let (window_bits, mem_level) = (-i32::from(bits), MEM_LEVEL);
    Deflate::new_with_config(DeflateConfig {
        level: LEVEL,
        window_bits,
        mem_level,
        ..DeflateConfig::default()
    })
}
