//! Two slots of a NOR flash, each with a header and an image, and which of them a boot loader starts.
//!
//! Invariant: a slot whose header is not whole, or whose image has another hash, is never started.

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};

/// The unit of every access, in bytes: a multiple of the flash's write size, of which its erase size is a multiple.
pub(crate) const BLOCK: usize = 64;
const MAGIC: &[u8; 8] = b"BANTAMSL";

/// What the header of a slot says of its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// The newer of two images has the larger number.
    pub(crate) sequence: u32,
    /// In bytes.
    pub(crate) length: u32,
    /// SHA-256.
    pub(crate) hash: [u8; 32],
}

impl Image {
    /// The header: a block that ends in a hash of itself, so that one which was written in part is not valid.
    pub(crate) fn header(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        block[..8].copy_from_slice(MAGIC);
        block[8..12].copy_from_slice(&self.sequence.to_le_bytes());
        block[12..16].copy_from_slice(&self.length.to_le_bytes());
        block[16..48].copy_from_slice(&self.hash);
        let check = Sha256::digest(&block[..48]);
        block[48..].copy_from_slice(&check[..16]);
        block
    }

    fn of_header(block: &[u8; BLOCK]) -> Option<Self> {
        let word = |at: usize| block[at..at + 4].try_into().map(u32::from_le_bytes).ok();
        let image = Self { sequence: word(8)?, length: word(12)?, hash: block[16..48].try_into().ok()? };
        (image.header() == *block).then_some(image)
    }
}

/// The bytes of each slot, its header included.
pub(crate) fn slot_size<F: NorFlash>(flash: &F) -> u32 {
    (flash.capacity() / 2 / F::ERASE_SIZE * F::ERASE_SIZE) as u32
}

/// The header of a slot, 0 or 1; `None` if it has no valid one.
pub(crate) fn header<F: NorFlash>(flash: &mut F, slot: u32) -> Result<Option<Image>, F::Error> {
    let (mut block, offset) = ([0; BLOCK], slot * slot_size(flash));
    flash.read(offset, &mut block)?;
    let largest = slot_size(flash) - BLOCK as u32;
    Ok(Image::of_header(&block).filter(|image| image.length <= largest))
}

/// The hash of the first bytes behind the header of a slot, as they are in the flash.
pub(crate) fn hash<F: NorFlash>(flash: &mut F, slot: u32, length: u32) -> Result<[u8; 32], F::Error> {
    let (mut hash, mut block) = (Sha256::new(), [0; BLOCK]);
    let start = slot * slot_size(flash) + BLOCK as u32;
    for at in (0..length).step_by(BLOCK) {
        flash.read(start + at, &mut block)?;
        hash.update(&block[..BLOCK.min((length - at) as usize)]);
    }
    Ok(hash.finalize().into())
}

/// The slot that a boot loader starts: of those that are valid the one with the newer image.
pub(crate) fn newest<F: NorFlash>(flash: &mut F) -> Result<Option<(u32, Image)>, F::Error> {
    let mut found: Option<(u32, Image)> = None;
    for slot in 0..2 {
        if let Some(image) = header(flash, slot)?
            && found.is_none_or(|(_, other)| other.sequence < image.sequence)
            && hash(flash, slot, image.length)? == image.hash
        {
            found = Some((slot, image));
        }
    }
    Ok(found)
}
