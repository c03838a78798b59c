//! [`Load`]: what the compressors of a [`Compress`](crate::Compress) share: a bound of their memory, and the processor.
//!
//! Invariant: compressors in use have no more memory than the bound, and together compress one turn's worth of bytes before each lets
//! other connections go on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::coding::Coding;
use super::encoder::{EncodeError, Encoder, Op, Step};
use crate::yield_now::yield_now;

/// How many bytes all compressors in use read before each yields: some 2 ms.
const TURN: usize = 64 * 1024;
/// Each makes progress.
const LEAST: usize = 2 * 1024;
/// How many encoders are kept for the next responses.
const MAX_SPARE: usize = 4;

/// The most memory of a compressor, in bytes, whatever it compresses.
pub(crate) const fn memory(coding: Coding) -> usize {
    match coding {
        Coding::Gzip => 384 << 10,
        Coding::Zstd => 2 << 20,
        Coding::Brotli => 5 << 20,
    }
}

/// Shared by the compressors.
pub(super) struct Load {
    /// In bytes.
    limit: usize,
    /// Memory of the compressors in use, in bytes.
    used: AtomicUsize,
    in_use: AtomicUsize,
    spare: Mutex<Vec<Encoder>>,
}

impl Load {
    pub(super) const fn new(limit: usize) -> Self {
        let (used, in_use) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { limit, used, in_use, spare: Mutex::new(Vec::new()) }
    }

    pub(super) fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    fn take_spare(&self) -> Option<Encoder> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, encoder: Encoder) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MAX_SPARE {
            spare.push(encoder);
        }
    }
}

/// A compressor in use. Its memory is counted until it is dropped.
pub(crate) struct Compressor {
    load: Arc<Load>,
    coding: Coding,
    /// `None` once it has been given back.
    encoder: Option<Encoder>,
    /// Bytes read since it has yielded.
    turn: usize,
}

impl Compressor {
    /// `None` if the compressors in use leave no memory for this one. `length`: that of the whole content, if it is known.
    pub(super) fn start(load: &Arc<Load>, coding: Coding, length: Option<u64>) -> Option<Self> {
        let add = |used: usize| used.checked_add(memory(coding)).filter(|used| *used <= load.limit);
        load.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        load.in_use.fetch_add(1, Ordering::Relaxed);
        let mut started = Self { load: Arc::clone(load), coding, encoder: None, turn: 0 };
        let spare = if coding == Coding::Gzip { load.take_spare() } else { None };
        started.encoder = Some(spare.map_or_else(|| Encoder::new(coding, length), Ok).ok()?);
        Some(started)
    }

    pub(crate) const fn coding(&self) -> Coding {
        self.coding
    }

    /// Compresses from `input` to `output`, which is not empty.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8], op: Op) -> Result<Step, EncodeError> {
        // A step is as long as a turn at most.
        let (now, later) = input.split_at(input.len().min(self.share()));
        let encoder = self.encoder.as_mut().ok_or(EncodeError)?;
        let mut step = encoder.step(now, output, if later.is_empty() { op } else { Op::Continue })?;
        step.is_done &= later.is_empty();
        self.turn += step.read;
        Ok(step)
    }

    /// The bytes of this compressor's turn.
    fn share(&self) -> usize {
        (TURN / self.load.in_use().max(1)).max(LEAST)
    }

    /// Yields to the other connections of the worker, if the turn is over. To be called between two steps.
    pub(crate) async fn rest(&mut self) {
        if self.turn >= self.share() {
            self.turn = 0;
            yield_now().await;
        }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        if let Some(encoder) = self.encoder.take().and_then(Encoder::recycled) {
            self.load.give_back(encoder);
        }
        self.load.in_use.fetch_sub(1, Ordering::Relaxed);
        self.load.used.fetch_sub(memory(self.coding), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    const CODINGS: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

    fn start(load: &Arc<Load>, coding: Coding) -> Option<Compressor> {
        Compressor::start(load, coding, None)
    }

    /// Compresses a megabyte. Returns the yields, and the most that was read between two of them.
    fn yields(compressor: &mut Compressor) -> (usize, usize) {
        let content: Vec<u8> =
            (0..1_u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 25) as u8).collect();
        let (mut rest, mut output, mut count, mut read, mut most) = (&content[..], [0; 1024], 0, 0, 0);
        loop {
            let step = compressor.step(rest, &mut output, Op::End).unwrap();
            rest = &rest[step.read..];
            read += step.read;
            most = most.max(read);
            let mut context = Context::from_waker(Waker::noop());
            if pin!(compressor.rest()).poll(&mut context).is_pending() {
                (count, read) = (count + 1, 0);
            }
            if step.is_done {
                return (count, most);
            }
        }
    }

    #[test]
    fn all_compressors_together_read_a_turn_before_each_yields() {
        for coding in CODINGS {
            let load = Arc::new(Load::new(usize::MAX));
            let mut compressor = start(&load, coding).unwrap();
            let (count, most) = yields(&mut compressor);
            assert!(count >= (1 << 20) / TURN - 1 && most < 2 * TURN, "{coding:?}: {count} yields, {most}");
            let _others: Vec<_> = (0..15).map(|_| start(&load, Coding::Gzip)).collect();
            let (count, most) = yields(&mut start(&load, coding).unwrap());
            assert!(count > (1 << 20) / (TURN / 16) && most < TURN / 8, "{coding:?}: {count} yields, {most}");
        }
    }

    #[test]
    fn the_memory_of_the_compressors_in_use_is_bounded() {
        let load = Arc::new(Load::new(memory(Coding::Brotli) + memory(Coding::Zstd)));
        let first = start(&load, Coding::Brotli);
        assert!(first.is_some() && start(&load, Coding::Brotli).is_none());
        let second = start(&load, Coding::Zstd);
        assert!(second.is_some() && start(&load, Coding::Gzip).is_none());
        drop(first);
        assert!(start(&load, Coding::Gzip).is_some());
        drop(second);
        assert_eq!((load.in_use(), load.used.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn a_compressor_that_is_used_again_remembers_nothing() {
        let load = Arc::new(Load::new(usize::MAX));
        let run = || {
            let (mut output, mut compressor) = (vec![0; 1 << 16], start(&load, Coding::Gzip).unwrap());
            let step = compressor.step(b"a text that has been seen before, or has not", &mut output, Op::End);
            output.truncate(step.unwrap().written);
            output
        };
        let first = run();
        assert_eq!(load.spare.lock().unwrap().len(), 1);
        assert_eq!(run(), first);
    }
}
