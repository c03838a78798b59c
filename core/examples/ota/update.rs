//! [`Update`]: an image file on its way into the slot that is not in use.
//!
//! Invariant: the slot in use is never written, and the other one has a header only when all of its image has been read back.

use core::marker::PhantomData;

use embedded_storage::nor_flash::NorFlash;

use crate::slots::{self, BLOCK, Image};

/// What an image file begins with: these characters, the length of the image (`u32`, little-endian) and its SHA-256.
pub(crate) const FRONT: usize = 44;
pub(crate) const MAGIC: &[u8; 8] = b"BANTAMFW";

/// Why an update has ended. The image in use is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateError {
    /// The file does not begin as an image file does.
    NotAnImage,
    /// The image does not fit, or there are more bytes than it says.
    TooLong,
    /// There are fewer bytes than the image says.
    TooShort,
    /// The flash has other bytes than the image says.
    WrongHash,
    /// A call of the flash has failed.
    Flash,
}

/// An image file that is being written, block by block. It holds no flash: every call gets the same one.
#[derive(Debug)]
pub(crate) struct Update<F> {
    slot: u32,
    sequence: u32,
    front: [u8; FRONT],
    front_length: usize,
    block: [u8; BLOCK],
    block_length: usize,
    /// The bytes of the image that are in the flash.
    written: u32,
    flash: PhantomData<F>,
}

impl<F: NorFlash> Update<F> {
    const FITS: () = assert!(
        BLOCK.is_multiple_of(F::WRITE_SIZE)
            && BLOCK.is_multiple_of(F::READ_SIZE)
            && F::ERASE_SIZE.is_multiple_of(BLOCK)
    );

    /// Begins in the slot that is not in use, and erases its header.
    pub(crate) fn begin(flash: &mut F) -> Result<Self, UpdateError> {
        const { Self::FITS };
        let newest = slots::newest(flash).map_err(|_| UpdateError::Flash)?;
        let (slot, sequence) =
            newest.map_or((0, 1), |(slot, image)| (1 - slot, image.sequence.saturating_add(1)));
        let update = Self {
            slot,
            sequence,
            front: [0; FRONT],
            front_length: 0,
            block: [0xff; BLOCK],
            block_length: 0,
            written: 0,
            flash: PhantomData,
        };
        update.erase(flash, update.start(flash))?;
        Ok(update)
    }

    fn start(&self, flash: &F) -> u32 {
        self.slot * slots::slot_size(flash)
    }

    fn erase(&self, flash: &mut F, from: u32) -> Result<(), UpdateError> {
        flash.erase(from, from + F::ERASE_SIZE as u32).map_err(|_| UpdateError::Flash)
    }

    /// The length that the front states, once it is whole.
    fn length(&self) -> u32 {
        let [.., a, b, c, d] = self.front.first_chunk::<12>().copied().unwrap_or_default();
        u32::from_le_bytes([a, b, c, d])
    }

    /// Takes the next bytes of the file. Blocks while the flash erases or writes.
    pub(crate) fn write(&mut self, flash: &mut F, mut bytes: &[u8]) -> Result<(), UpdateError> {
        while !bytes.is_empty() {
            let (place, length) = if self.front_length < FRONT {
                (&mut self.front[self.front_length..], &mut self.front_length)
            } else {
                (&mut self.block[self.block_length..], &mut self.block_length)
            };
            let count = place.len().min(bytes.len());
            let (now, later) = bytes.split_at(count);
            place[..count].copy_from_slice(now);
            *length += count;
            bytes = later;
            if self.front_length == FRONT && self.block_length == 0 {
                self.check_front(flash)?;
            }
            if self.block_length > 0 && self.written + self.block_length as u32 > self.length() {
                return Err(UpdateError::TooLong);
            }
            if self.block_length == BLOCK {
                self.write_block(flash)?;
            }
        }
        Ok(())
    }

    fn check_front(&self, flash: &F) -> Result<(), UpdateError> {
        if !self.front.starts_with(MAGIC) || self.length() == 0 {
            return Err(UpdateError::NotAnImage);
        }
        let largest = slots::slot_size(flash) - BLOCK as u32;
        if self.length() > largest { Err(UpdateError::TooLong) } else { Ok(()) }
    }

    /// Writes the block, padded. Each page is erased when its first block comes, so that no call blocks for all of them.
    fn write_block(&mut self, flash: &mut F) -> Result<(), UpdateError> {
        let at = self.start(flash) + BLOCK as u32 + self.written;
        if at.is_multiple_of(F::ERASE_SIZE as u32) {
            self.erase(flash, at)?;
        }
        flash.write(at, &self.block).map_err(|_| UpdateError::Flash)?;
        self.written += self.block_length as u32;
        (self.block, self.block_length) = ([0xff; BLOCK], 0);
        Ok(())
    }

    /// Ends the file: writes what is left, and compares what the flash has with the hash of the front.
    pub(crate) fn verify(mut self, flash: &mut F) -> Result<Verified<F>, UpdateError> {
        if self.front_length < FRONT {
            return Err(UpdateError::NotAnImage);
        }
        if self.block_length > 0 {
            self.write_block(flash)?;
        }
        if self.written < self.length() {
            return Err(UpdateError::TooShort);
        }
        let read = slots::hash(flash, self.slot, self.written).map_err(|_| UpdateError::Flash)?;
        if self.front[12..] != read {
            return Err(UpdateError::WrongHash);
        }
        let image = Image { sequence: self.sequence, length: self.written, hash: read };
        Ok(Verified { slot: self.slot, image, flash: PhantomData })
    }
}

/// An image that is whole in the flash, and that no boot loader starts yet.
#[derive(Debug)]
#[must_use = "an image without a header is not started"]
pub(crate) struct Verified<F> {
    slot: u32,
    image: Image,
    flash: PhantomData<F>,
}

impl<F: NorFlash> Verified<F> {
    /// Writes the header of the slot: from now on the boot loader starts it.
    pub(crate) fn commit(self, flash: &mut F) -> Result<Image, UpdateError> {
        let offset = self.slot * slots::slot_size(flash);
        flash.write(offset, &self.image.header()).map_err(|_| UpdateError::Flash)?;
        Ok(self.image)
    }
}
