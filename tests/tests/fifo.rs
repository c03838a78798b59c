//! Tests of the firmware's `fifo.rs`, the word order of the LM3S6965's Ethernet FIFO, on the host.
//! Invariant: a frame that is written word by word is read back whole, and so is the next one.

#[path = "../../transport-embedded/firmware/src/fifo.rs"]
#[allow(unreachable_pub, reason = "it is a part of the firmware")]
mod fifo;

use std::collections::VecDeque;

/// What the controller shows of a frame that it has received.
fn received(frame: &[u8]) -> VecDeque<u32> {
    let length = frame.len() as u16 + 6;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(frame);
    // The checksum, and what fills up the last word.
    bytes.extend_from_slice(&[0xcc; 4]);
    bytes.resize(bytes.len().next_multiple_of(4), 0xff);
    bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().expect("four"))).collect()
}

fn frame(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 + length) as u8).collect()
}

#[test]
fn frames_of_every_length_are_taken_and_leave_the_next_one_whole() {
    for length in 0..200 {
        let mut words = received(&frame(length));
        words.extend(received(&frame(60)));
        let mut memory = [0xee; 200];
        assert_eq!(fifo::read_frame(&mut memory, || words.pop_front().expect("a word")), length);
        assert_eq!(memory[..length], frame(length));
        assert!(memory[length..].iter().all(|byte| *byte == 0xee), "{length}: nothing is written behind it");
        assert_eq!(fifo::read_frame(&mut memory, || words.pop_front().expect("a word")), 60);
        assert!(memory[..60] == frame(60) && words.is_empty(), "{length}");
    }
}

#[test]
fn a_frame_that_does_not_fit_is_taken_whole_and_said_to_be_too_long() {
    let mut words = received(&frame(100));
    assert_eq!(fifo::read_frame(&mut [0; 40], || words.pop_front().expect("a word")), 100);
    assert!(words.is_empty());
}

#[test]
fn a_length_that_cannot_be_is_an_empty_frame() {
    for said in 0..6 {
        let mut words = VecDeque::from([said, 0, 0]);
        assert_eq!(fifo::read_frame(&mut [0; 8], || words.pop_front().expect("a word")), 0);
    }
}

#[test]
fn frames_of_every_length_are_given_whole() {
    for length in 14..200 {
        let mut words = Vec::new();
        fifo::write_frame(&frame(length), |word| words.push(word));
        let bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(u16::from_le_bytes([bytes[0], bytes[1]]), length as u16 - 14);
        assert_eq!(bytes[2..2 + length], frame(length));
        assert!(bytes.len() < length + 2 + 4 && bytes[2 + length..].iter().all(|byte| *byte == 0));
    }
    fifo::write_frame(&frame(13), |_| panic!("that is no frame"));
}
