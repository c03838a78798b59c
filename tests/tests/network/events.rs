//! Streams of server-sent events on a device.
//! Invariant: a stream ends with its client, with its deadline, with its slot and with the server, and its socket listens again.

use std::time::Duration;

use crate::sim_net::{NO_FAULTS, SLOTS, SimState, all_listen, get, run};

/// Runs a simulation with so many streams, until `step`, which counts its calls from the first event on, returns true.
fn with_streams(streams: usize, mut step: impl FnMut(&mut SimState<'_>, usize) -> bool) {
    let (mut started, mut steps) = (false, 0);
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            for _ in 0..streams {
                sim.clients.connect(get("/events"));
            }
        }
        let begun = (0..streams).all(|client| sim.clients.text(client).contains("text/event-stream"));
        steps += usize::from(begun);
        sim.publish = steps == 1;
        assert!(sim.now < Duration::from_secs(600), "no end: {}", sim.clients.text(0));
        steps > 0 && step(sim, steps)
    });
}

fn ended(sim: &SimState<'_>) -> bool {
    all_listen(sim) && sim.waiting == 0
}

#[test]
fn an_event_reaches_every_stream_in_one_chunk() {
    with_streams(SLOTS, |sim, _| {
        (0..SLOTS).all(|client| sim.clients.text(client).ends_with("\r\n\r\n000f\r\nid: 1\ndata: 1\n\n\r\n"))
    });
}

#[test]
fn a_stream_ends_with_its_client() {
    for resets in [false, true] {
        with_streams(2, |sim, steps| {
            if steps == 20 {
                assert_eq!(sim.waiting, 2);
                for client in 0..2 {
                    if resets {
                        sim.clients.reset(client);
                    } else {
                        sim.clients.all[client].half_closes = true;
                    }
                }
            }
            steps > 20 && ended(sim)
        });
    }
}

#[test]
fn a_silent_stream_gets_comments_and_a_client_that_has_vanished_is_noticed() {
    let mut vanished = None;
    with_streams(1, |sim, _| {
        let comments = sim.clients.text(0).matches("0004\r\n: \n\n\r\n").count();
        if comments < 2 {
            assert!(sim.waiting == 1 && sim.now < Duration::from_secs(40), "{:?}", sim.now);
            return false;
        }
        let since = *vanished.get_or_insert(sim.now);
        sim.net.plug(false);
        assert!(sim.now - since < Duration::from_secs(60), "a page waits for a client that has vanished");
        ended(sim)
    });
}

#[test]
fn a_client_that_does_not_read_ends_its_stream_at_the_deadline_of_a_write() {
    with_streams(1, |sim, steps| {
        sim.clients.all[0].reads_nothing = true;
        sim.publish = steps < 2_000;
        steps > 2_000 && sim.waiting == 0
    });
}

#[test]
fn a_server_that_stops_ends_streams_with_their_last_event_and_takes_no_client() {
    let (mut late, mut stopped) = (None, Duration::ZERO);
    with_streams(2, |sim, steps| {
        if steps == 20 {
            (sim.stop, stopped) = (true, sim.now);
        }
        if steps == 21 {
            late = Some(sim.clients.connect(get("/robots.txt")));
        }
        let bye = |client| sim.clients.text(client).ends_with("data: bye\n\n\r\n0\r\n\r\n");
        let is_over = steps > 21 && bye(0) && bye(1) && ended(sim);
        if is_over {
            assert!(sim.now - stopped < Duration::from_secs(1), "{stopped:?} to {:?}", sim.now);
            assert_eq!(late.map(|client| sim.clients.text(client)), Some(String::new()));
        }
        is_over
    });
}

#[test]
fn a_slot_that_is_dropped_with_its_stream_leaves_nothing_behind() {
    for at in 1..30 {
        with_streams(1, |sim, steps| {
            sim.replace_slots = steps == at;
            if steps == at + 1 {
                assert_eq!(sim.waiting, 0, "the page is dropped");
                sim.clients.all[0].half_closes = true;
            }
            steps > at && ended(sim)
        });
    }
}
