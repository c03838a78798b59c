//! Every scenario with every one of its I/O calls failing.
//!
//! Invariant: nothing panics, nothing hangs, and the peer receives the beginning of well-formed responses; a call that is
//! interrupted or pending changes nothing.

use std::pin::pin;

use bantam::{Buffers, serve};
use bantam_tests::answers::read_prefix;
use bantam_tests::executor::{poll_once, run};
use bantam_tests::pages::Pages;
use bantam_tests::pages::content::HELLO;
use bantam_tests::requests::get;
use bantam_tests::scenario::{Scenario, ScenarioRun};
use bantam_tests::scenarios::all;
use bantam_tests::script::{IoFault, ScriptedPeer};
use embedded_io::ErrorKind;

/// Sizes of reads: small ones make more calls.
const READS: [usize; 3] = [16, 37, usize::MAX];

/// A faulty run, and the run without its fault.
struct Comparison<'a> {
    scenario: &'a Scenario,
    call: usize,
    sound: &'a ScenarioRun,
    faulty: ScenarioRun,
}

impl Comparison<'_> {
    fn name(&self) -> String {
        format!("{}, call {}", self.scenario.name, self.call)
    }

    fn assert_well_formed(&self) {
        let peer = &self.faulty.peer;
        // A request line that is cut off may not name HEAD yet: the core's own record decides.
        let head = |number: usize| peer.log().get(number).is_some_and(|exchange| exchange.is_head());
        if let Err(error) =
            self.scenario.read(peer.received()).or_else(|_| read_prefix(peer.received(), head))
        {
            panic!("{}: {error}\n{}", self.name(), peer.text());
        }
    }

    fn assert_beginning(&self) {
        let (sound, faulty) = (&self.sound.peer, &self.faulty.peer);
        assert!(sound.written.starts_with(&faulty.written), "{}: {}", self.name(), faulty.text());
    }

    fn assert_unchanged(&self) {
        assert_eq!(self.faulty.peer.text(), self.sound.peer.text(), "{}", self.name());
        assert_eq!(self.faulty.result, self.sound.result, "{}", self.name());
    }

    fn assert_calls_after_fault(&self, most: usize) {
        let calls = self.faulty.peer.calls;
        assert!(calls <= self.call + 1 + most, "{}: {calls} calls", self.name());
    }
}

fn peer(scenario: &Scenario, reads: usize) -> ScriptedPeer {
    scenario.peer().max_read(reads).max_write(101)
}

/// Runs every scenario with this fault in every call; of more than 400 calls, in some.
fn for_each_call(fault: IoFault, mut check: impl FnMut(&Comparison<'_>)) {
    for (scenario, reads) in all().iter().flat_map(|scenario| READS.map(|reads| (scenario, reads))) {
        let sound = scenario.run_on(peer(scenario, reads));
        let calls = sound.peer.calls;
        for call in (0..calls).filter(|call| calls < 400 || *call < 60 || call % 47 == 0 || calls - call < 20)
        {
            let faulty = scenario.run_on(peer(scenario, reads).with_fault(call, fault));
            check(&Comparison { scenario, call, sound: &sound, faulty });
        }
    }
}

#[test]
fn a_call_that_fails_once_leaves_well_formed_responses() {
    for_each_call(IoFault::Fail(ErrorKind::ConnectionReset), |run| {
        run.assert_well_formed();
        run.assert_beginning();
        // A page that has taken the stream sees the error itself, and the core then shuts the stream down.
        let taken = run.scenario.answers.iter().any(|answer| answer.status == 101);
        run.assert_calls_after_fault(if taken { 3 } else { 1 });
    });
}

#[test]
fn a_call_that_times_out_leaves_well_formed_responses() {
    for_each_call(IoFault::Fail(ErrorKind::TimedOut), |run| run.assert_well_formed());
}

#[test]
fn a_broken_stream_has_received_well_formed_responses() {
    for_each_call(IoFault::FailForever(ErrorKind::ConnectionReset), |run| {
        run.assert_well_formed();
        run.assert_beginning();
        run.assert_calls_after_fault(2);
    });
}

#[test]
fn a_call_that_moves_no_byte_leaves_well_formed_responses() {
    for_each_call(IoFault::Zero, |run| run.assert_well_formed());
}

#[test]
fn an_interrupted_call_changes_nothing() {
    for_each_call(IoFault::Fail(ErrorKind::Interrupted), |run| run.assert_unchanged());
}

#[test]
fn a_pending_call_changes_nothing() {
    for_each_call(IoFault::Pend, |run| run.assert_unchanged());
}

#[test]
fn a_blocking_call_that_fails_leaves_well_formed_responses() {
    for scenario in all() {
        let sound = scenario.run_blocking(peer(&scenario, 37));
        for call in 0..sound.peer.calls.min(60) {
            let peer = peer(&scenario, 37).with_fault(call, IoFault::Fail(ErrorKind::Other));
            let faulty = scenario.run_blocking(peer);
            Comparison { scenario: &scenario, call, sound: &sound, faulty }.assert_well_formed();
        }
    }
}

#[test]
fn a_future_dropped_while_pending_leaves_its_buffers_usable() {
    let mut buffers = Buffers::<1024, 1024>::new();
    for (scenario, reads) in all().iter().flat_map(|scenario| READS.map(|reads| (scenario, reads))) {
        let calls = scenario.run_on(peer(scenario, reads)).peer.calls;
        for call in 0..calls.min(200) {
            let mut dropped = peer(scenario, reads).with_fault(call, IoFault::Hang);
            let pending = {
                let mut state = buffers.state().body_limit(scenario.body_limit);
                poll_once(pin!(serve(&mut dropped, &mut state, &Pages))).is_pending()
            };
            // With other buffers than the scenario's own it may make fewer calls.
            assert!(pending || dropped.calls <= call, "{}, call {call}", scenario.name);
            let answers = scenario.read(dropped.received());
            answers.unwrap_or_else(|error| panic!("{}, call {call}: {error}", scenario.name));
            let mut next = ScriptedPeer::sending(get("/"));
            run(serve(&mut next, &mut buffers.state(), &Pages)).expect("a sound stream");
            let answers = read_prefix(next.received(), |_| false).expect("well-formed");
            assert!(answers.len() == 1 && answers[0].complete, "{}, call {call}", scenario.name);
            assert_eq!(answers[0].body, HELLO, "{}, call {call}", scenario.name);
        }
    }
}
