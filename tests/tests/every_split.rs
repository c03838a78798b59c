//! Law: how a conversation is cut into pieces changes nothing about it.

use std::convert::Infallible;

use bantam_tests::scenarios::{SCENARIOS, Scenario, converse, converse_blocking};
use embedded_io::{ErrorType, Read, Write};

fn heard(scenario: &Scenario, reads: usize, writes: usize) -> Vec<u8> {
    let mut tape = scenario.tape().at_most(reads, writes);
    converse(&mut tape);
    tape.heard
}

/// Sizes of pieces, from a byte to the whole.
fn sizes(whole: usize) -> impl Iterator<Item = usize> {
    (1..64.min(whole)).chain((64..whole).step_by(61)).chain([whole.max(1)])
}

#[test]
fn every_conversation_ends_as_it_should_at_every_size_of_reads() {
    for scenario in SCENARIOS {
        for reads in sizes(scenario.said.len()) {
            scenario.check(&heard(scenario, reads, usize::MAX), &format!("{reads} at a time"));
        }
    }
}

#[test]
fn every_size_of_writes_gives_the_same_bytes() {
    for scenario in SCENARIOS {
        let whole = heard(scenario, usize::MAX, usize::MAX);
        for writes in sizes(whole.len()) {
            assert_eq!(heard(scenario, usize::MAX, writes), whole, "{}, {writes} at a time", scenario.name);
        }
    }
}

/// What is not streamed has the same bytes at every size of reads, too: only an echo's chunks follow those of its request.
#[test]
fn every_size_of_reads_gives_the_same_bytes() {
    for scenario in SCENARIOS.iter().filter(|scenario| !scenario.said.contains("/echo")) {
        let whole = heard(scenario, usize::MAX, usize::MAX);
        for reads in sizes(scenario.said.len()) {
            assert_eq!(heard(scenario, reads, 3), whole, "{}, {reads} at a time", scenario.name);
        }
    }
}

/// A blocking stream that moves so many bytes at a time.
struct Line<'a> {
    said: &'a [u8],
    heard: Vec<u8>,
    piece: usize,
}

impl ErrorType for Line<'_> {
    type Error = Infallible;
}

impl Read for Line<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let piece = memory.len().min(self.piece);
        self.said.read(&mut memory[..piece])
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let piece = bytes.len().min(self.piece);
        self.heard.extend_from_slice(&bytes[..piece]);
        Ok(piece)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn a_blocking_stream_is_served_like_any_other() {
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name != "details") {
        for piece in sizes(scenario.said.len()) {
            let line = converse_blocking(Line { said: scenario.said.as_bytes(), heard: Vec::new(), piece });
            scenario.check(&line.heard, &format!("blocking, {piece} at a time"));
        }
    }
}
