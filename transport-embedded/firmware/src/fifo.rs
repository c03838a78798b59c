//! The word order of the LM3S6965's Ethernet FIFO (data sheet, section 16.4.1), without registers, so that the host tests it.
//! Invariant: a frame is read and written to its last word, or the FIFO loses the next frame.

/// The length and the checksum, which the length of a received frame counts, too.
const OVERHEAD: usize = 6;
/// The Ethernet header, which the length of a frame to be sent does not count.
const HEADER: usize = 14;

/// Reads a frame word by word and returns its length. A frame longer than `memory` is read and dropped; its length is
/// returned all the same. The first word has the length and two bytes of the frame, the last one or two the checksum.
pub fn read_frame(memory: &mut [u8], mut next: impl FnMut() -> u32) -> usize {
    let [low, high, first, second] = next().to_le_bytes();
    let total = usize::from(u16::from_le_bytes([low, high]));
    let length = total.saturating_sub(OVERHEAD);
    let frame = memory.get_mut(..length).unwrap_or(&mut []);
    let rest = match frame {
        [byte_0, byte_1, rest @ ..] => {
            (*byte_0, *byte_1) = (first, second);
            rest
        }
        [byte_0] => {
            *byte_0 = first;
            &mut []
        }
        [] => &mut [],
    };
    let mut remaining = total.div_ceil(4).saturating_sub(1);
    let (words, last) = rest.as_chunks_mut();
    for word in words.iter_mut().take(remaining) {
        *word = next().to_le_bytes();
    }
    remaining -= words.len().min(remaining);
    if remaining > 0 {
        remaining -= 1;
        for (byte, read) in last.iter_mut().zip(next().to_le_bytes()) {
            *byte = read;
        }
    }
    // The rest of the checksum, and of a frame that is too long.
    for _ in 0..remaining {
        next();
    }
    length
}

/// Writes a frame word by word: the length without the header and the frame's first two bytes, then the rest, padded with
/// zeros to a whole word. A frame shorter than a header is not written.
pub fn write_frame(frame: &[u8], mut put: impl FnMut(u32)) {
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
        for (padded, byte) in word.iter_mut().zip(last) {
            *padded = *byte;
        }
        put(u32::from_le_bytes(word));
    }
}
