//! A NOR flash in memory, as strict as a real one: pages are erased before they are written, and no word is written twice.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// 16 pages of 1 KB, written by 8 bytes. A call can be made to fail, with half of its work done.
#[derive(Clone, Debug)]
pub(crate) struct RamFlash {
    pub(crate) bytes: Vec<u8>,
    /// For each word whether it has been written since it was erased.
    written: Vec<bool>,
    /// The number of calls so far.
    pub(crate) calls: usize,
    /// The number of the call that fails.
    pub(crate) fails_at: Option<usize>,
}

impl RamFlash {
    pub(crate) const SIZE: usize = 16 * 1024;

    /// A flash that no program has written: its bytes are anything.
    pub(crate) fn new() -> Self {
        let words = Self::SIZE / Self::WRITE_SIZE;
        Self { bytes: vec![0xa5; Self::SIZE], written: vec![true; words], calls: 0, fails_at: None }
    }

    /// Counts a call. Returns how many bytes of it are done before it fails.
    fn call(&mut self, length: usize) -> (usize, Result<(), NorFlashErrorKind>) {
        self.calls += 1;
        if self.fails_at == Some(self.calls - 1) {
            (length / 2 / Self::WRITE_SIZE * Self::WRITE_SIZE, Err(NorFlashErrorKind::Other))
        } else {
            (length, Ok(()))
        }
    }
}

impl ErrorType for RamFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for RamFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let (done, result) = self.call(bytes.len());
        bytes[..done].copy_from_slice(&self.bytes[offset as usize..][..done]);
        result
    }

    fn capacity(&self) -> usize {
        Self::SIZE
    }
}

impl NorFlash for RamFlash {
    const WRITE_SIZE: usize = 8;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        let (done, result) = self.call((to - from) as usize);
        self.bytes[from as usize..][..done].fill(0xff);
        self.written[from as usize / Self::WRITE_SIZE..][..done / Self::WRITE_SIZE].fill(false);
        result
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let words = offset as usize / Self::WRITE_SIZE..(offset as usize + bytes.len()) / Self::WRITE_SIZE;
        assert!(!self.written[words.clone()].contains(&true), "a word is written twice, or not erased");
        let (done, result) = self.call(bytes.len());
        self.written[words][..done.div_ceil(Self::WRITE_SIZE)].fill(true);
        self.bytes[offset as usize..][..done].copy_from_slice(&bytes[..done]);
        result
    }
}
