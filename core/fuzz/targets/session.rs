//! Fuzz target: `serve` over a simulated peer.
//!
//! Invariant: for any input the output is well-formed responses, one for each reported exchange, never more than there are
//! requests, and nothing behind a close.

#![no_main]

use bantam::{Buffers, ConnectionState, serve};
use bantam_tests::answers::{MalformedResponse, read};
use bantam_tests::pages::Pages;
use bantam_tests::tape::{Tape, run};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [reads, writes, small, said @ ..] = data else { return };
    let mut tape = Tape::saying(said).at_most(1 + usize::from(*reads), 1 + usize::from(*writes));
    let (mut narrow, mut wide) =
        (Buffers::<80, { ConnectionState::MIN_OUTPUT }>::new(), Buffers::<512, 1024>::new());
    let session = if small % 2 == 0 { narrow.state() } else { wide.state() };
    run(serve(&mut tape, &mut session.body_limit(10_000), &Pages)).expect("the stream is sound");
    if said.windows(4).any(|part| part == b"/raw" || part == b"/upg") {
        // HTTP has ended there: what follows is the page's own.
        return;
    }
    let is_head =
        |number: usize| tape.log.get(number).is_some_and(|entry| entry.request_line.starts_with(b"HEAD "));
    let statuses = |answers: Vec<bantam_tests::answers::Answer>| -> Vec<u16> {
        answers.iter().map(|answer| answer.status).filter(|status| *status >= 200).collect()
    };
    let reported: Vec<u16> = tape.log.iter().map(|entry| entry.status).collect();
    match read(&tape.heard, is_head) {
        Ok(answers) => assert_eq!(statuses(answers), reported),
        // Only an answer that went wrong half-way is cut off, and it is the last.
        Err(MalformedResponse::CutOff(answers)) => {
            assert!(tape.log.last().is_some_and(|entry| entry.fault.is_some()));
            assert_eq!(statuses(answers), reported[..reported.len() - 1]);
        }
        Err(flaw) => panic!("{flaw:?} in {}", tape.text()),
    }
    // Whatever is served has a version; what has none is refused, and nothing is answered behind that.
    let requests = said.windows(8).filter(|part| part.starts_with(b" HTTP/1.")).count();
    assert!(reported.len() <= requests + 1, "more answers than requests");
});
