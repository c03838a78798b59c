//! Law: bytes are added whole or not at all, and what has been added stays where it is.

/// Bytes that are put together in memory of the caller's.
#[derive(Debug)]
pub(crate) struct Staged<'m> {
    memory: &'m mut [u8],
    length: usize,
}

impl<'m> Staged<'m> {
    pub(crate) const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, length: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.memory.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or(&[])
    }

    /// Bytes that have been added, to be changed.
    pub(crate) fn at(&mut self, from: usize, length: usize) -> Option<&mut [u8]> {
        self.memory.get_mut(from..)?.get_mut(..length)
    }

    /// Adds them; `false` if there is no room for all.
    #[must_use]
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn add(&mut self, bytes: &[u8]) -> bool {
        let Some(place) = self.at(self.length, bytes.len()) else { return false };
        place.copy_from_slice(bytes);
        self.length += bytes.len();
        true
    }

    /// Takes back what was added behind `length` bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}
