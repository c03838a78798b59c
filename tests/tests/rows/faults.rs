//! Law: whichever call fails, nothing panics, nothing hangs, and what the peer has heard is a beginning of well-formed
//! answers; a call that is merely late or interrupted changes nothing.

use std::pin::pin;

use crate::answers;
use crate::executor::{poll, run};
use crate::pages::{HELLO, Pages};
use crate::play::{Played, play_blocking, play_on};
use crate::scenario::Scenario;
use crate::scenarios::{all, get};
use crate::step::Trouble;
use crate::tape::Tape;
use bantam::{Buffers, serve};
use embedded_io::ErrorKind;

/// Small pieces make more calls; the large scenarios make enough of them.
fn tape(scenario: &Scenario) -> Tape {
    scenario.tape().reading(37).writing(101)
}

/// Every scenario with every one of its calls in this trouble; of the many calls of a large one, some.
fn each(trouble: Trouble, mut check: impl FnMut(&Scenario, usize, &Played, &Played)) {
    for scenario in all() {
        let sound = play_on(&scenario, tape(&scenario));
        let calls = sound.tape.calls;
        for call in
            (1..=calls).filter(|call| calls < 400 || *call < 60 || call % 47 == 0 || calls - call < 20)
        {
            let troubled = play_on(&scenario, tape(&scenario).troubled(call, trouble));
            check(&scenario, call, &sound, &troubled);
        }
    }
}

fn is_a_beginning(scenario: &Scenario, call: usize, _: &Played, troubled: &Played) {
    let heard = &troubled.tape.heard;
    // A request line that was cut off may not have said yet that it was HEAD: what the core has seen of it decides.
    let seen: Vec<_> = troubled
        .tape
        .around
        .answered
        .iter()
        .map(|answered| answered.request_line.starts_with("HEAD "))
        .collect();
    if let Err(error) = answers::read(heard, &scenario.heads()).or_else(|_| answers::read(heard, &seen)) {
        panic!("{}, call {call}: {error}\n{}", scenario.name, String::from_utf8_lossy(heard));
    }
}

fn changes_nothing(scenario: &Scenario, call: usize, sound: &Played, troubled: &Played) {
    let (name, text) =
        (&scenario.name, |played: &Played| String::from_utf8_lossy(&played.tape.heard).into_owned());
    assert_eq!(text(troubled), text(sound), "{name}, call {call}");
    assert_eq!(troubled.result, sound.result, "{name}, call {call}");
}

#[test]
fn a_call_that_fails_once_leaves_a_beginning() {
    each(Trouble::Once(ErrorKind::ConnectionReset), is_a_beginning);
}

#[test]
fn a_call_that_is_out_of_time_leaves_a_beginning() {
    each(Trouble::Once(ErrorKind::TimedOut), is_a_beginning);
}

#[test]
fn a_stream_that_dies_leaves_a_beginning() {
    each(Trouble::Dead(ErrorKind::ConnectionReset), |scenario, call, sound, troubled| {
        is_a_beginning(scenario, call, sound, troubled);
        assert!(
            troubled.tape.calls <= call + 3,
            "{}, call {call}: {} calls",
            scenario.name,
            troubled.tape.calls
        );
    });
}

#[test]
fn a_call_that_moves_nothing_leaves_a_beginning() {
    each(Trouble::Zero, is_a_beginning);
}

#[test]
fn a_call_that_is_interrupted_changes_nothing() {
    each(Trouble::Once(ErrorKind::Interrupted), changes_nothing);
}

#[test]
fn a_call_that_has_to_wait_changes_nothing() {
    each(Trouble::Pend, changes_nothing);
}

#[test]
fn a_call_that_fails_while_it_blocks_leaves_a_beginning() {
    for scenario in all() {
        let calls = play_blocking(&scenario, tape(&scenario)).tape.calls;
        for call in 1..=calls.min(60) {
            let tape = tape(&scenario).troubled(call, Trouble::Once(ErrorKind::Other));
            let troubled = play_blocking(&scenario, tape);
            is_a_beginning(&scenario, call, &troubled, &troubled);
        }
    }
}

#[test]
fn a_server_that_is_dropped_while_it_waits_leaves_memory_for_the_next_peer() {
    let mut buffers = Buffers::<1024, 1024>::new();
    for scenario in all() {
        let calls = play_on(&scenario, tape(&scenario)).tape.calls;
        for call in 1..=calls.min(100) {
            let mut dropped = tape(&scenario).troubled(call, Trouble::PendForEver);
            {
                let mut session = buffers.state().body_limit(scenario.limit);
                let mut future = pin!(serve(&mut dropped, &mut session, &Pages));
                let _ = poll(future.as_mut());
            }
            answers::read(&dropped.heard, &scenario.heads())
                .unwrap_or_else(|error| panic!("{}, call {call}: {error}", scenario.name));
            let mut next = Tape::saying(get("/"));
            run(serve(&mut next, &mut buffers.state(), &Pages)).expect("a sound stream");
            let answers = answers::read(&next.heard, &[]).expect("well-formed");
            assert!(answers.len() == 1 && answers[0].body == HELLO, "{}, call {call}", scenario.name);
        }
    }
}
