//! Law: a frame goes through the controller's FIFO in whole words: read to its last word, or the next one is lost; written
//! to its last word, or it never leaves.
//!
//! Nothing of the chip is here but the order of its words (data sheet, section 16.4.1), so that a computer can test it.

/// What the FIFO counts in a frame's length beyond the frame: the length itself, and the checksum.
const OVERHEAD: usize = 6;
/// The Ethernet header, which the length of a frame to be sent does not count.
const HEADER: usize = 14;

/// Takes a frame out, word by word; its length, which is more than `memory` has where it did not fit. The first word has the
/// length and two bytes of the frame, the last one or two have the checksum.
pub fn take(memory: &mut [u8], mut next: impl FnMut() -> u32) -> usize {
    let [low, high, first, second] = next().to_le_bytes();
    let total = usize::from(u16::from_le_bytes([low, high]));
    let length = total.saturating_sub(OVERHEAD);
    let mut put = |at: usize, byte: u8| {
        if let Some(place) = memory.get_mut(at).filter(|_| at < length) {
            *place = byte;
        }
    };
    put(0, first);
    put(1, second);
    for word in 1..total.div_ceil(4) {
        for (offset, byte) in next().to_le_bytes().into_iter().enumerate() {
            put(word * 4 - 2 + offset, byte);
        }
    }
    length
}

/// Puts a frame in, word by word: first the length without the header and the frame's first two bytes, then the rest, filled
/// up with zeros. A frame without a header is none, and is not put in.
pub fn give(frame: &[u8], mut put: impl FnMut(u32)) {
    let (Some(length), Some(([first, second], rest))) =
        (frame.len().checked_sub(HEADER), frame.split_first_chunk::<2>())
    else {
        return;
    };
    put(length as u32 | u32::from(*first) << 16 | u32::from(*second) << 24);
    for word in rest.chunks(4) {
        let mut bytes = [0; 4];
        for (place, byte) in bytes.iter_mut().zip(word) {
            *place = *byte;
        }
        put(u32::from_le_bytes(bytes));
    }
}
