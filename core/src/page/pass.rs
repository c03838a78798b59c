//! [`Pass`]: one pass over text that is written into the free part of the response buffer.
//! Invariant: what is sent is a beginning of the text, each byte once; text that changes between two passes changes no framing.

use core::fmt;

use crate::slice::split_at;

/// One pass over a text: takes as much as fits of what lies behind its first bytes.
#[derive(Debug)]
pub struct Pass<'a> {
    free: &'a mut [u8],
    /// How many bytes of the text were sent before, and are still to come.
    skip: usize,
    length: usize,
    is_full: bool,
}

impl<'a> Pass<'a> {
    /// Writes into `free` what lies behind the first `skip` bytes of the text of `write`. Returns how many bytes that are, if
    /// they are all, and if `write` has succeeded, which means nothing if they are not.
    pub(crate) fn run(
        free: &'a mut [u8],
        skip: usize,
        write: &dyn Fn(&mut Pass<'_>) -> fmt::Result,
    ) -> (usize, bool, fmt::Result) {
        let mut pass = Pass { free, skip, length: 0, is_full: false };
        let written = write(&mut pass);
        (pass.length, !pass.is_full, written)
    }

    /// Takes what fits. The result is not stated here: pieces of a few bytes need no branch behind each, see [`Self::result`].
    // Not inlined: every piece of a text calls it.
    #[inline(never)]
    pub(super) fn put(&mut self, text: &[u8]) {
        let (skipped, text) = split_at(text, self.skip);
        self.skip -= skipped.len();
        let free = self.free.get_mut(self.length..).unwrap_or(&mut []);
        let count = text.len().min(free.len());
        if let (Some(place), Some(now)) = (free.get_mut(..count), text.get(..count)) {
            place.copy_from_slice(now);
        }
        self.length += count;
        self.is_full |= count < text.len();
    }

    /// Fails if something has not fitted: nothing that follows will.
    pub(crate) const fn result(&self) -> fmt::Result {
        if self.is_full { Err(fmt::Error) } else { Ok(()) }
    }
}

impl fmt::Write for Pass<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        self.result()
    }
}
