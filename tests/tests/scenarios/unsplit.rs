//! Every scenario over a stream that splits nothing.
//!
//! Invariant: the responses and the end of the connection are the expected ones.

use bantam_tests::scenario::Scenario;
use bantam_tests::scenarios::{basic, bodies, ends, expect, fields, framing, lines, own, plain};
use bantam_tests::script::contains;

/// Runs scenarios.
///
/// # Panics
/// With all scenarios that differ.
fn check_all(scenarios: &[Scenario]) {
    let wrong: Vec<_> = scenarios
        .iter()
        .filter_map(|scenario| {
            let run = scenario.run();
            let error = scenario.check(&run).err()?;
            let received = run.peer.received();
            let start = String::from_utf8_lossy(&received[..received.len().min(600)]).into_owned();
            Some(format!("\n* {}: {error}\n  {:?}\n{start}", scenario.name, run.result))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} scenarios: {}", wrong.len(), scenarios.len(), wrong.concat());
}

#[test]
fn well_formed_requests_are_answered() {
    check_all(&plain::all());
}

#[test]
fn each_feature_works_in_buffers_of_512_bytes() {
    check_all(&basic::all());
}

#[test]
fn bodies_end_where_their_framing_ends() {
    check_all(&bodies::all());
}

#[test]
fn expect_is_answered_by_100_or_by_a_final_response() {
    check_all(&expect::all());
}

#[test]
fn no_100_is_sent_if_the_body_follows_the_head_at_once() {
    let racing: Vec<_> = expect::all().into_iter().filter(|scenario| scenario.continue_varies).collect();
    let has_continue = |scenario: &Scenario| contains(scenario.run().peer.received(), b"100 Continue");
    assert!(!racing.is_empty() && !racing.iter().any(has_continue));
}

#[test]
fn a_bad_request_line_is_refused_and_ends_the_connection() {
    check_all(&lines::all());
}

#[test]
fn a_bad_field_line_is_refused_and_ends_the_connection() {
    check_all(&fields::all());
}

#[test]
fn an_ambiguous_length_is_refused_and_ends_the_connection() {
    check_all(&framing::all());
}

#[test]
fn a_failing_page_affects_its_own_response_only() {
    check_all(&own::all());
}

#[test]
fn a_peer_that_stops_gets_an_error_only_if_a_request_had_begun() {
    check_all(&ends::all());
}
