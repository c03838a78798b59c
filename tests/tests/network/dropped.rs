//! Tests of dropping a slot.
//! Invariant: a slot dropped at any await closes its connection, and its socket listens again.

use bantam_tests::answers::read;

use crate::sim_net::{NO_FAULTS, all_listen, get, post, run};

/// Sends `request`, drops all slots at poll `at`, and requests a file. Returns true if `at` was before the end of the first
/// connection.
fn drop_at(request: &[u8], at: usize) -> bool {
    let (mut polls, mut second) = (0, None);
    run(1, NO_FAULTS, false, |sim| {
        polls += 1;
        if polls == 1 {
            sim.clients.connect(request);
            sim.clients.all[0].half_closes = true;
        }
        if polls == at {
            sim.replace_slots = true;
        }
        if polls <= at {
            // The connection has ended before the drop.
            return polls > 1 && sim.clients.is_closed_by_device(0) && all_listen(sim);
        }
        let Some(next) = second else {
            second = Some(sim.clients.connect(get("/robots.txt")));
            return false;
        };
        sim.clients.all[next].half_closes = true;
        let responded =
            read(&sim.clients.all[next].received, |_| false).is_ok_and(|responses| responses.len() == 1);
        responded && all_listen(sim)
    });
    polls > at
}

#[test]
fn a_slot_dropped_at_any_await_frees_its_socket() {
    for request in [get("/robots.txt").into_bytes(), get("/minute").into_bytes(), post(&[b'x'; 5000])] {
        let polls = (1..).take_while(|at| drop_at(&request, *at)).count();
        assert!(polls > 5, "{polls}");
    }
}
