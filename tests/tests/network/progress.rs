//! Clients that send for longer than they have to, and pages that go on without end.
//! Invariant: what is sent or done without a wait has an end, too, and keeps nothing else from going on.

use std::time::Duration;

use crate::sim_net::{NO_FAULTS, all_listen, get, responses, run};

/// A request whose body is dropped.
fn refused(length: usize) -> Vec<u8> {
    let mut request =
        format!("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    request.resize(request.len() + length, b'x');
    request
}

#[test]
fn an_early_answer_reaches_a_client_that_is_still_sending() {
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            // Longer than the deadline of the close, at a kilobyte in two milliseconds.
            let client = sim.clients.connect(refused(3_000_000));
            sim.clients.all[client].reads_nothing = true;
            return false;
        }
        if sim.clients.all[0].is_sent() {
            assert!(sim.now > Duration::from_secs(3), "{:?}", sim.now);
            sim.clients.all[0].reads_nothing = false;
        } else {
            assert!(!sim.clients.is_reset(0), "reset at {:?}", sim.now);
        }
        responses(sim, 0) == 1 && sim.clients.text(0).starts_with("HTTP/1.1 404 ")
    });
}

#[test]
fn a_client_that_goes_on_after_its_answer_without_end_is_dropped() {
    let mut started = false;
    let mut next = Duration::ZERO;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            let mut request = refused(1_000_000);
            request.truncate(100);
            let client = sim.clients.connect(request);
            sim.clients.all[client].reads_nothing = true;
        }
        if sim.now >= next {
            next = sim.now + Duration::from_secs(1);
            sim.clients.send(0, b"y");
        }
        let ended = sim.now > Duration::from_secs(1) && all_listen(sim);
        assert!(ended || sim.now < Duration::from_secs(32), "{:?} at {:?}", sim.counts, sim.now);
        ended
    });
}

#[test]
fn a_body_that_is_always_ahead_of_its_page_has_an_end() {
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            let head = "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n";
            sim.clients.connect(head);
        }
        // Always more than the page takes.
        if sim.clients.all[0].is_sent() {
            sim.clients.send(0, &[b'x'; 4096]);
        }
        assert!(sim.now < Duration::from_secs(303), "{:?}", sim.now);
        let ended = responses(sim, 0) == 1 && sim.clients.text(0).starts_with("HTTP/1.1 408 ");
        assert!(!ended || sim.now >= Duration::from_secs(300), "{:?}", sim.now);
        ended
    });
}

#[test]
fn a_page_that_pauses_for_no_time_lets_others_go_on() {
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            sim.clients.connect(get("/spin"));
            sim.clients.connect(get("/release"));
        }
        let done = responses(sim, 0) == 1;
        assert!(!done || sim.clients.text(0).starts_with("HTTP/1.1 200 "), "{}", sim.clients.text(0));
        done
    });
}
