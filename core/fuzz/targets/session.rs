//! Fuzz target: whole connections.
//!
//! Invariant: the response bytes are well-formed, one response for each that is reported, at most one for each request, and
//! nothing after a close.

#![no_main]

use bantam::{Buffers, ConnectionState, serve};
use bantam_tests::answers::{MalformedResponse, read};
use bantam_tests::environment::LoggedExchange;
use bantam_tests::executor::run;
use bantam_tests::pages::Pages;
use bantam_tests::script::ScriptedPeer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [reads, writes, small, sent @ ..] = data else { return };
    let peer = ScriptedPeer::sending(sent);
    let mut peer = peer.max_read(1 + usize::from(*reads)).max_write(1 + usize::from(*writes));
    let (mut narrow, mut wide) =
        (Buffers::<80, { ConnectionState::MIN_OUTPUT }>::new(), Buffers::<512, 1024>::new());
    let state = if small % 2 == 0 { narrow.state() } else { wide.state() };
    run(serve(&mut peer, &mut state.body_limit(10_000), &Pages)).expect("the stream is sound");
    if sent.windows(4).any(|part| part == b"/upg" || part == b"-low") {
        // The page takes the stream: what follows is not HTTP.
        return;
    }
    let is_head = |number: usize| peer.log().get(number).is_some_and(LoggedExchange::is_head);
    let statuses = |answers: Vec<bantam_tests::answers::Answer>| -> Vec<u16> {
        answers.iter().map(|answer| answer.status).filter(|status| *status >= 200).collect()
    };
    let reported: Vec<u16> = peer.log().iter().map(|entry| entry.status).collect();
    match read(peer.received(), is_head) {
        Ok(answers) => assert_eq!(statuses(answers), reported),
        // Only the last response is cut off, and its fault is reported.
        Err(MalformedResponse::CutOff(answers)) => {
            assert!(peer.log().last().is_some_and(|entry| entry.fault.is_some()));
            assert_eq!(statuses(answers), reported[..reported.len() - 1]);
        }
        Err(error) => panic!("{error:?} in {}", peer.text()),
    }
    // A request without a version is refused, and the connection ends.
    let requests = sent.windows(8).filter(|part| part.starts_with(b" HTTP/1.")).count();
    assert!(reported.len() <= requests + 1, "more answers than requests");
});
