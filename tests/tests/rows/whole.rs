//! Law: every scenario goes as it should.

use crate::play::{all_go_as_they_should, play};
use crate::scenarios::{bodies, ends, expect, fields, framing, lines, own, plain};
use crate::tape::contains;

#[test]
fn what_a_good_client_asks_is_answered() {
    all_go_as_they_should(&plain::all());
}

#[test]
fn bodies_are_read_as_they_are_framed() {
    all_go_as_they_should(&bodies::all());
}

#[test]
fn who_waits_for_100_hears_it_or_a_final_answer() {
    all_go_as_they_should(&expect::all());
}

#[test]
fn who_has_sent_the_body_with_the_head_hears_no_100() {
    let races: Vec<_> = expect::all().into_iter().filter(|scenario| scenario.races).collect();
    assert!(
        !races.is_empty()
            && races.iter().all(|scenario| !contains(&play(scenario).tape.heard, b"100 Continue"))
    );
}

#[test]
fn a_bad_request_line_is_refused_and_nothing_behind_it_answered() {
    all_go_as_they_should(&lines::all());
}

#[test]
fn a_bad_field_line_is_refused_and_nothing_behind_it_answered() {
    all_go_as_they_should(&fields::all());
}

#[test]
fn an_ambiguous_length_is_refused_and_nothing_behind_it_answered() {
    all_go_as_they_should(&framing::all());
}

#[test]
fn a_page_that_fails_harms_its_own_answer_only() {
    all_go_as_they_should(&own::all());
}

#[test]
fn a_peer_that_stops_is_told_so_where_it_had_begun() {
    all_go_as_they_should(&ends::all());
}
