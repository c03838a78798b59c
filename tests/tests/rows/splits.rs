//! Law: how the bytes are cut, and whether the stream waits or blocks, changes nothing of what is answered.

use crate::play::{Played, play, play_blocking, play_on};
use crate::scenario::Scenario;
use crate::scenarios::all;
use crate::step::Step;

/// All the small sizes, then some of the larger ones.
fn sizes(longest: usize) -> Vec<usize> {
    let step = (longest / 60).max(1);
    let few = longest > 30_000;
    let small = if few { 1..=3 } else { 1..=longest.min(130) };
    small.chain((131..=longest).step_by(if few { longest / 8 } else { step })).collect()
}

fn longest_piece(scenario: &Scenario) -> usize {
    let length = |step: &Step| if let Step::Say(bytes) = step { bytes.len() } else { 0 };
    scenario.steps.iter().map(length).max().unwrap_or(0)
}

/// The same answers, and the same bytes where chunks and 100 (Continue) do not depend on how the bytes come.
fn is_the_same(scenario: &Scenario, whole: &Played, other: &Played, how: &str) {
    let name = &scenario.name;
    scenario.check(other).unwrap_or_else(|error| {
        panic!("{name}, {how}: {error}\n{}", String::from_utf8_lossy(&other.tape.heard));
    });
    assert_eq!(other.result, whole.result, "{name}, {how}");
    if !scenario.streams && !scenario.races {
        let text = |played: &Played| String::from_utf8_lossy(&played.tape.heard).into_owned();
        assert_eq!(text(other), text(whole), "{name}, {how}");
    }
    let faults = |played: &Played| -> Vec<_> {
        played.tape.around.answered.iter().map(|answered| (answered.status, answered.fault)).collect()
    };
    assert_eq!(faults(other), faults(whole), "{name}, {how}");
}

#[test]
fn every_scenario_goes_the_same_way_at_every_size_of_reads() {
    for scenario in all() {
        let whole = play(&scenario);
        for size in sizes(longest_piece(&scenario)) {
            is_the_same(
                &scenario,
                &whole,
                &play_on(&scenario, scenario.tape().reading(size)),
                &format!("reads of {size}"),
            );
        }
    }
}

#[test]
fn every_scenario_goes_the_same_way_at_every_size_of_writes() {
    for scenario in all() {
        let whole = play(&scenario);
        for size in sizes(whole.tape.heard.len()) {
            is_the_same(
                &scenario,
                &whole,
                &play_on(&scenario, scenario.tape().writing(size)),
                &format!("writes of {size}"),
            );
        }
    }
}

#[test]
fn every_scenario_goes_the_same_way_over_a_stream_that_blocks() {
    for scenario in all() {
        let whole = play(&scenario);
        is_the_same(&scenario, &whole, &play_blocking(&scenario, scenario.tape()), "blocking");
        for size in sizes(longest_piece(&scenario)).into_iter().step_by(5) {
            let tape = scenario.tape().reading(size).writing(size + 2);
            is_the_same(&scenario, &whole, &play_blocking(&scenario, tape), &format!("blocking, {size}"));
        }
    }
}
