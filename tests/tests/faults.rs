//! Law: whatever call fails, and whenever, nothing but the front of well-formed answers has been heard, nothing hangs, and
//! the memory serves the next connection.

use bantam::{Buffers, serve};
use bantam_tests::answers::{MalformedResponse, read};
use bantam_tests::pages::Pages;
use bantam_tests::scenarios::{INPUT, OUTPUT, SCENARIOS, Scenario, converse, converse_in};
use bantam_tests::tape::{Mishap, Tape, poll};
use embedded_io_async::ErrorKind;

/// The calls of a conversation without a fault, and what was heard.
fn whole(scenario: &Scenario, reads: usize) -> (usize, Vec<u8>) {
    let mut tape = scenario.tape().at_most(reads, 100);
    converse(&mut tape);
    (tape.calls, tape.heard)
}

fn with(scenario: &Scenario, reads: usize, call: usize, mishap: Mishap) -> Tape {
    let mut tape = scenario.tape().at_most(reads, 100).with(call, mishap);
    converse(&mut tape);
    tape
}

/// Every scenario at a few sizes of reads, and every call of it.
fn every_call(mut check: impl FnMut(&Scenario, usize, usize, &[u8])) {
    for scenario in SCENARIOS {
        for reads in [16, usize::MAX] {
            let (calls, heard) = whole(scenario, reads);
            for call in 0..calls {
                check(scenario, reads, call, &heard);
            }
        }
    }
}

#[test]
fn a_call_that_is_interrupted_or_not_ready_changes_nothing() {
    every_call(|scenario, reads, call, heard| {
        for mishap in [Mishap::Fails(ErrorKind::Interrupted), Mishap::Pends] {
            let tape = with(scenario, reads, call, mishap);
            assert_eq!(tape.heard, heard, "{}, call {call}: {mishap:?}", scenario.name);
        }
    });
}

#[test]
fn a_call_that_fails_leaves_the_front_of_what_would_have_been_heard() {
    every_call(|scenario, reads, call, heard| {
        let tape = with(scenario, reads, call, Mishap::Fails(ErrorKind::ConnectionReset));
        assert!(heard.starts_with(&tape.heard), "{}, call {call}: {}", scenario.name, tape.text());
        assert!(tape.calls <= call + 2, "{}, call {call}: a dead stream is left alone", scenario.name);
    });
}

#[test]
fn a_call_that_times_out_or_moves_nothing_leaves_well_formed_answers() {
    every_call(|scenario, reads, call, _| {
        for mishap in [Mishap::Fails(ErrorKind::TimedOut), Mishap::Zero] {
            let tape = with(scenario, reads, call, mishap);
            // A request line that was cut off may not have said yet that it was HEAD.
            let is_head = |number: usize| tape.log[number].request_line.starts_with(b"HEAD ");
            let answers = read(&tape.heard, is_head);
            let fine = matches!(answers, Ok(_) | Err(MalformedResponse::CutOff(_)));
            assert!(fine, "{}, call {call}, {mishap:?}: {answers:?} in {}", scenario.name, tape.text());
        }
    });
}

#[test]
fn a_future_that_is_dropped_anywhere_leaves_memory_for_the_next_connection() {
    let mut buffers = Buffers::<INPUT, OUTPUT>::new();
    every_call(|scenario, reads, call, _| {
        let mut tape = scenario.tape().at_most(reads, 100).with(call, Mishap::Hangs);
        let unfinished = poll(serve(&mut tape, &mut buffers.state(), &Pages), 3).is_none();
        assert!(unfinished, "{}, call {call}", scenario.name);
        let mut next = SCENARIOS[1].tape();
        converse_in(&mut next, &mut buffers.state());
        SCENARIOS[1].check(&next.heard, "after a connection that was dropped");
    });
}
