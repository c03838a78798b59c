//! Law: a frame goes through the controller's FIFO in whole words: read to its last word, or the next one is lost; written
//! to its last word, or it never leaves.
//!
//! Nothing of the chip is here but the order of its words (data sheet, section 16.4.1), so that a computer can test it.

/// What the FIFO counts in a frame's length beyond the frame: the length itself, and the checksum.
const OVERHEAD: usize = 6;
/// The Ethernet header, which the length of a frame to be sent does not count.
const HEADER: usize = 14;

/// Takes a frame out, word by word; its length, which is more than `memory` has where it did not fit
/// and was dropped. The first word has the
/// length and two bytes of the frame, the last one or two have the checksum.
pub fn take(memory: &mut [u8], mut next: impl FnMut() -> u32) -> usize {
    let [low, high, first, second] = next().to_le_bytes();
    let total = usize::from(u16::from_le_bytes([low, high]));
    let length = total.saturating_sub(OVERHEAD);
    let frame = memory.get_mut(..length).unwrap_or(&mut []);
    let rest = match frame {
        [front, behind, rest @ ..] => {
            (*front, *behind) = (first, second);
            rest
        }
        [front] => {
            *front = first;
            &mut []
        }
        [] => &mut [],
    };
    let mut left = total.div_ceil(4).saturating_sub(1);
    let (words, last) = rest.as_chunks_mut();
    for word in words.iter_mut().take(left) {
        *word = next().to_le_bytes();
    }
    left -= words.len().min(left);
    if left > 0 {
        left -= 1;
        for (place, byte) in last.iter_mut().zip(next().to_le_bytes()) {
            *place = byte;
        }
    }
    // What did not fit is taken all the same, and so is the rest of the checksum.
    for _ in 0..left {
        next();
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
    let (words, last) = rest.as_chunks();
    for word in words {
        put(u32::from_le_bytes(*word));
    }
    if !last.is_empty() {
        let mut word = [0; 4];
        for (place, byte) in word.iter_mut().zip(last) {
            *place = *byte;
        }
        put(u32::from_le_bytes(word));
    }
}
