//! Every scenario with its reads and writes split at every size.
//!
//! Invariant: neither the split nor whether the stream blocks changes the responses.

use bantam_tests::scenario::{Scenario, ScenarioRun};
use bantam_tests::scenarios::all;
use bantam_tests::script::Step;

/// All small sizes, then some larger ones up to `longest`.
fn sizes(longest: usize) -> Vec<usize> {
    let step = (longest / 60).max(1);
    let few = longest > 30_000;
    let small = if few { 1..=3 } else { 1..=longest.min(130) };
    small.chain((131..=longest).step_by(if few { longest / 8 } else { step })).collect()
}

fn longest_send(scenario: &Scenario) -> usize {
    let length = |step: &Step| if let Step::Send(bytes) = step { bytes.len() } else { 0 };
    scenario.steps.iter().map(length).max().unwrap_or(0)
}

/// Compares the responses, the results and the faults.
fn assert_equal(scenario: &Scenario, unsplit: &ScenarioRun, other: &ScenarioRun, how: &str) {
    let name = &scenario.name;
    scenario.check(other).unwrap_or_else(|error| panic!("{name}, {how}: {error}\n{}", other.peer.text()));
    assert_eq!(other.result, unsplit.result, "{name}, {how}");
    assert_eq!(other.faults(), unsplit.faults(), "{name}, {how}");
}

/// Compares also the bytes, unless they depend on how the request is split.
fn assert_equal_bytes(scenario: &Scenario, unsplit: &ScenarioRun, other: &ScenarioRun, how: &str) {
    assert_equal(scenario, unsplit, other, how);
    if !scenario.chunks_vary && !scenario.continue_varies {
        assert_eq!(other.peer.text(), unsplit.peer.text(), "{}, {how}", scenario.name);
    }
}

#[test]
fn the_size_of_reads_changes_no_response() {
    for scenario in all() {
        let unsplit = scenario.run();
        for size in sizes(longest_send(&scenario)) {
            let peer = scenario.peer().max_read(size);
            let short_writes = peer.clone().max_write(3);
            let how = format!("reads of {size}");
            assert_equal_bytes(&scenario, &unsplit, &scenario.run_on(peer), &how);
            if longest_send(&scenario) < 1_000 {
                let run = scenario.run_on(short_writes);
                assert_equal_bytes(&scenario, &unsplit, &run, &format!("{how}, writes of 3"));
            }
        }
    }
}

#[test]
fn the_size_of_writes_changes_no_response() {
    for scenario in all() {
        let unsplit = scenario.run();
        for size in sizes(unsplit.peer.received().len()) {
            let run = scenario.run_on(scenario.peer().max_write(size));
            assert_equal(&scenario, &unsplit, &run, &format!("writes of {size}"));
            assert_eq!(run.peer.text(), unsplit.peer.text(), "{}, writes of {size}", scenario.name);
        }
    }
}

#[test]
fn a_blocking_stream_changes_no_response() {
    for scenario in all() {
        let unsplit = scenario.run();
        assert_equal_bytes(&scenario, &unsplit, &scenario.run_blocking(scenario.peer()), "blocking");
        for size in sizes(longest_send(&scenario)) {
            let peer = scenario.peer().max_read(size).max_write(size + 2);
            let run = scenario.run_blocking(peer);
            assert_equal_bytes(&scenario, &unsplit, &run, &format!("blocking, {size}"));
        }
    }
}
