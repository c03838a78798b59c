//! [`Encoder`]: a stream of one coding, over gzip (zlib-rs), brotli or zstd.
//!
//! Invariant: one step works on a bounded amount of input, and what has been flushed can be decoded up to there.

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderStateStruct};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status};
use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

use super::coding::Coding;

/// The level of gzip: zlib's default.
const GZIP_LEVEL: i32 = 6;
/// The largest window, and the format of gzip (zlib's `deflateInit2`).
const GZIP_BITS: i32 = 15 + 16;
/// The quality of brotli, its window of 512 KB and its blocks of 64 KB, in powers of two.
const BROTLI: (i32, i32, i32) = (5, 19, 16);
/// After so many bytes brotli is flushed: it collects a whole window otherwise, and compresses it in one step.
const BROTLI_BLOCK: usize = 64 * 1024;
/// The level of zstd, its window of 512 KB and its tables, in powers of two.
const ZSTD: (i32, u32, u32, u32) = (5, 19, 17, 16);

/// What a step does with the end of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// More input follows.
    Continue,
    /// More input follows, but the client is to have all of this.
    Flush,
    /// Nothing follows.
    End,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    /// The input is read; of [`Op::Flush`] and [`Op::End`], everything is written, too.
    pub(crate) is_done: bool,
}

/// The library has failed, such as for want of memory. The stream is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EncodeError;

pub(super) enum Encoder {
    Gzip(Deflate),
    /// With the bytes since the last flush.
    Brotli(Box<BrotliEncoderStateStruct<StandardAlloc>>, usize),
    Zstd(CCtx<'static>),
}

impl Encoder {
    /// `length`: that of the whole content, if it is known. It has to be right, and makes that of short content cheaper.
    pub(super) fn new(coding: Coding, length: Option<u64>) -> Result<Self, EncodeError> {
        Ok(match coding {
            Coding::Gzip => {
                let (level, window_bits) = (GZIP_LEVEL, GZIP_BITS);
                Self::Gzip(Deflate::new_with_config(DeflateConfig {
                    level,
                    window_bits,
                    ..DeflateConfig::default()
                }))
            }
            Coding::Brotli => {
                let mut state = Box::new(BrotliEncoderStateStruct::new(StandardAlloc::default()));
                (state.params.quality, state.params.lgwin, state.params.lgblock) = BROTLI;
                state.params.size_hint = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
                Self::Brotli(state, 0)
            }
            Coding::Zstd => {
                let mut context = CCtx::try_create().ok_or(EncodeError)?;
                let (level, window, hash, chain) = ZSTD;
                for parameter in [
                    CParameter::CompressionLevel(level),
                    CParameter::WindowLog(window),
                    CParameter::HashLog(hash),
                    CParameter::ChainLog(chain),
                ] {
                    context.set_parameter(parameter).map_err(|_| EncodeError)?;
                }
                context.set_pledged_src_size(length).map_err(|_| EncodeError)?;
                Self::Zstd(context)
            }
        })
    }

    /// Compresses from `input` to `output`, which is not empty.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8], op: Op) -> Result<Step, EncodeError> {
        match self {
            Self::Gzip(state) => gzip_step(state, input, output, op),
            Self::Brotli(state, since_flush) => {
                let (now, later) = input.split_at(input.len().min(BROTLI_BLOCK.saturating_sub(*since_flush)));
                let is_full = *since_flush + now.len() >= BROTLI_BLOCK;
                let now_op =
                    if later.is_empty() && (op != Op::Continue || !is_full) { op } else { Op::Flush };
                let mut step = brotli_step(state, now, output, now_op)?;
                *since_flush += step.read;
                if now_op == Op::Flush && step.is_done {
                    *since_flush = 0;
                }
                step.is_done &= later.is_empty();
                Ok(step)
            }
            Self::Zstd(context) => zstd_step(context, input, output, op),
        }
    }

    /// Forgets everything, for another content. `None` where a new encoder costs as little.
    pub(super) fn recycled(self) -> Option<Self> {
        let Self::Gzip(mut state) = self else { return None };
        state.reset();
        Some(Self::Gzip(state))
    }
}

fn gzip_step(state: &mut Deflate, input: &[u8], output: &mut [u8], op: Op) -> Result<Step, EncodeError> {
    let flush = match op {
        Op::Continue => DeflateFlush::NoFlush,
        Op::Flush => DeflateFlush::SyncFlush,
        Op::End => DeflateFlush::Finish,
    };
    let (read, written) = (state.total_in(), state.total_out());
    let result = state.compress(input, output, flush);
    let (read, written) = ((state.total_in() - read) as usize, (state.total_out() - written) as usize);
    let is_done = match (result, op) {
        (Ok(Status::StreamEnd), _) => true,
        (Ok(_), Op::Continue) => read == input.len(),
        // What is left to be written fills the output.
        (Ok(_), Op::Flush) => written < output.len(),
        (Ok(_), Op::End) => false,
        (Err(_), _) => return Err(EncodeError),
    };
    Ok(Step { read, written, is_done })
}

fn brotli_step(
    state: &mut BrotliEncoderStateStruct<StandardAlloc>,
    input: &[u8],
    output: &mut [u8],
    op: Op,
) -> Result<Step, EncodeError> {
    let operation = match op {
        Op::Continue => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
        Op::Flush => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
        Op::End => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
    };
    let (mut left, mut read, mut free, mut written) = (input.len(), 0, output.len(), 0);
    let is_taken = state.compress_stream(
        operation,
        &mut left,
        input,
        &mut read,
        &mut free,
        output,
        &mut written,
        &mut None,
        &mut |_, _, _, _| (),
    );
    let is_done = match op {
        Op::Continue => left == 0,
        Op::Flush => left == 0 && !state.has_more_output(),
        Op::End => state.is_finished(),
    };
    is_taken.then_some(Step { read, written, is_done }).ok_or(EncodeError)
}

fn zstd_step(context: &mut CCtx<'_>, input: &[u8], output: &mut [u8], op: Op) -> Result<Step, EncodeError> {
    let directive = match op {
        Op::Continue => ZSTD_EndDirective::ZSTD_e_continue,
        Op::Flush => ZSTD_EndDirective::ZSTD_e_flush,
        Op::End => ZSTD_EndDirective::ZSTD_e_end,
    };
    let (mut from, mut to) = (InBuffer::around(input), OutBuffer::around(output));
    let left = context.compress_stream2(&mut to, &mut from, directive).map_err(|_| EncodeError)?;
    let (read, written) = (from.pos(), to.pos());
    let is_done = read == input.len() && (op == Op::Continue || left == 0);
    Ok(Step { read, written, is_done })
}
