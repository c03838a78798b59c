//! Tests of `bantam_embedded::tcp` over a simulated network.
//! Invariant: whatever the network does, every socket listens again, and a response is complete or its connection is closed.

mod captive;
mod dns;
mod dropped;
mod events;
mod layers;
mod log_events;
mod malformed;
mod progress;
mod sim_net;

use std::time::Duration;

use bantam::Deadlines;
use bantam_tests::net::Faults;
use sim_net::{NO_FAULTS, SLOTS, all_listen, get, post, responses, run, run_with};
use smoltcp::wire::{IpAddress, IpCidr};

#[test]
fn a_request_is_served_over_ipv4_and_ipv6() {
    for v6 in [false, true] {
        let mut started = false;
        run(1, NO_FAULTS, v6, |sim| {
            if !std::mem::replace(&mut started, true) {
                sim.clients.connect(get("/robots.txt"));
            }
            sim.clients.text(0).contains("User-agent")
        });
    }
}

/// smoltcp adds a time-out to a signed number of microseconds.
#[test]
fn a_deadline_of_any_length_serves() {
    for limit in [1 << 52, i64::MAX as u64, 1 << 63, u64::MAX]
        .map(Duration::from_micros)
        .into_iter()
        .chain([Duration::MAX])
    {
        let deadlines = Deadlines::DEFAULT.idle(limit).head(limit).response(limit).close(limit);
        let mut started = false;
        run_with(deadlines, 1, NO_FAULTS, false, |sim| {
            if !std::mem::replace(&mut started, true) {
                sim.clients.connect(get("/robots.txt"));
            }
            assert!(!sim.clients.is_reset(0), "{limit:?}");
            responses(sim, 0) == 1
        });
    }
}

#[test]
fn an_idle_connection_has_no_slot_and_is_closed_at_its_deadline() {
    let mut step = 0;
    run(1, NO_FAULTS, false, |sim| {
        match step {
            0 => drop(sim.clients.connect(get("/robots.txt"))),
            1 if responses(sim, 0) < 1 => return false,
            1 => assert_eq!((sim.counts.waiting, sim.counts.served), (1, 0), "idle without a slot"),
            2 => sim.clients.send(0, get("/robots.txt").repeat(3).as_bytes()),
            3 if responses(sim, 0) < 4 => return false,
            _ if !all_listen(sim) => return false,
            _ => {
                assert!(
                    sim.now >= Duration::from_secs(15) && sim.now < Duration::from_secs(17),
                    "{:?}",
                    sim.now
                );
                return true;
            }
        }
        step += 1;
        false
    });
}

#[test]
fn a_page_that_pauses_delays_no_other() {
    let mut started = false;
    let mut other = None;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            for _ in 0..3 {
                sim.clients.connect(get("/sleep"));
            }
        }
        if other.is_none() && sim.now > Duration::from_secs(2) {
            other = Some((sim.clients.connect(get("/robots.txt")), sim.now));
        }
        if let Some((client, since)) = other
            && responses(sim, client) == 0
        {
            assert!(sim.now - since < Duration::from_millis(20), "the other page is delayed");
        }
        let finished = (0..3).all(|client| responses(sim, client) == 1);
        if finished {
            assert!(sim.now >= Duration::from_secs(5) && sim.now < Duration::from_secs(6), "{:?}", sim.now);
            assert!((0..3).all(|client| sim.clients.text(client).matches("class=\"piece\"").count() == 5));
        }
        finished
    });
}

#[test]
fn a_page_may_pause_for_longer_than_any_deadline() {
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            sim.clients.connect(get("/minute"));
        }
        assert!(!sim.clients.is_reset(0), "reset at {:?}", sim.now);
        sim.clients.text(0).ends_with("a minute later")
    });
}

#[test]
fn a_megabyte_is_echoed_through_buffers_of_a_kilobyte() {
    let body: Vec<u8> = (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            sim.clients.connect(post(&body));
        }
        sim.clients.all[0].received.ends_with(&body)
    });
}

#[test]
fn more_clients_than_sockets_wait_and_none_is_refused() {
    const CLIENTS: usize = 16;
    for v6 in [false, true] {
        let mut started = false;
        run(1, NO_FAULTS, v6, |sim| {
            if !std::mem::replace(&mut started, true) {
                let request = get("/robots.txt").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
                for _ in 0..CLIENTS {
                    sim.clients.connect(request.clone());
                }
            }
            for client in 0..CLIENTS {
                assert!(!sim.clients.is_reset(client) || responses(sim, client) == 1, "{client} was refused");
            }
            (0..CLIENTS).all(|client| responses(sim, client) == 1) && all_listen(sim)
        });
    }
}

#[test]
fn one_client_beyond_the_slots_waits_and_is_not_refused() {
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            for _ in 0..SLOTS {
                sim.clients.connect(get("/sleep"));
            }
            sim.clients.connect(get("/robots.txt"));
        }
        assert!(!sim.clients.is_reset(SLOTS), "refused");
        responses(sim, SLOTS) == 1
    });
}

#[test]
fn a_client_that_stalls_gets_408_and_is_dropped() {
    for (request, status, seconds) in [
        ("", "", 15),
        ("GET / HTTP/1.1\r\nHost:", "HTTP/1.1 408 ", 10),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 200 ", 15),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 408 ", 15),
    ] {
        let mut started = false;
        run(1, NO_FAULTS, false, |sim| {
            if !std::mem::replace(&mut started, true) {
                sim.clients.connect(request);
            }
            let ended = sim.now > Duration::from_secs(1) && all_listen(sim);
            if ended {
                assert!(sim.clients.text(0).starts_with(status), "{request:?}: {}", sim.clients.text(0));
                let late = sim.now - Duration::from_secs(seconds);
                assert!(late < Duration::from_secs(2), "{request:?}: {:?}", sim.now);
            }
            ended
        });
    }
}

#[test]
fn a_client_that_sends_a_byte_a_second_is_dropped() {
    let mut started = false;
    let mut next = Duration::ZERO;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            sim.clients.connect("GET / HTTP/1.1\r\nX: ");
        }
        if sim.now >= next {
            next = sim.now + Duration::from_secs(1);
            sim.clients.send(0, b"y");
        }
        let ended = sim.now > Duration::from_secs(1) && all_listen(sim);
        assert!(ended || sim.now < Duration::from_secs(12), "{:?}", sim.now);
        ended
    });
}

#[test]
fn a_client_that_does_not_read_is_dropped() {
    let body = vec![b'x'; 100_000];
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            let client = sim.clients.connect(post(&body));
            sim.clients.all[client].reads_nothing = true;
        }
        let ended = sim.now > Duration::from_secs(1) && all_listen(sim);
        assert!(ended || sim.now < Duration::from_secs(65), "{:?} at {:?}", sim.counts, sim.now);
        ended
    });
}

#[test]
fn a_reset_in_a_body_frees_the_socket() {
    let mut rounds = 0;
    run(1, NO_FAULTS, false, |sim| {
        let all = sim.clients.all.len();
        if all == rounds {
            sim.clients.connect("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nabc");
        } else if sim.clients.text(rounds).contains("abc") && !sim.clients.is_reset(rounds) {
            sim.clients.reset(rounds);
        } else if sim.clients.is_reset(rounds) && all_listen(sim) {
            rounds += 1;
        }
        rounds == 50
    });
}

#[test]
fn the_address_may_change_while_serving() {
    let mut step = 0;
    run(1, NO_FAULTS, false, |sim| {
        match step {
            0 => drop(sim.clients.connect(get("/sleep"))),
            1 if !sim.clients.text(0).contains("class=\"piece\"") => return false,
            1 => {
                let address = IpAddress::v4(10, 0, 0, 9);
                sim.interface.update_ip_addrs(|addresses| addresses[0] = IpCidr::new(address, 24));
                sim.clients.device_address = address;
                sim.clients.connect(get("/robots.txt"));
            }
            2 => {
                assert!(sim.now < Duration::from_secs(2), "the new address is served at once");
                if responses(sim, 1) == 0 {
                    return false;
                }
            }
            // A deadline frees the socket of the client of the old address.
            _ if !all_listen(sim) => return false,
            _ => {
                assert!(responses(sim, 0) == 0 && sim.now < Duration::from_secs(90), "{:?}", sim.now);
                return true;
            }
        }
        step += 1;
        false
    });
}

/// Serves clients with pages and bodies over a faulty network. A client whose connection fails connects again.
fn serve_under_faults(seed: u64, faults: Faults, flap: bool) {
    const CLIENTS: usize = 6;
    let body: Vec<u8> = (0..6000u32).map(|n| ((n * 31) >> 4) as u8).collect();
    let request =
        |client: usize| if client.is_multiple_of(2) { post(&body) } else { get("/style.css").into_bytes() };
    let mut started = false;
    let mut flapped = 0;
    let mut healed = false;
    let mut progress = [(0, Duration::ZERO); CLIENTS];
    run(seed, faults, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            for client in 0..CLIENTS {
                sim.clients.connect(request(client));
            }
        }
        if flap && flapped < 2 && sim.now > Duration::from_millis(30) {
            // The cable is out for 40 seconds, in the middle of the transfers.
            if flapped == 0 {
                sim.net.plug(false);
                flapped = 1;
            } else if sim.now > Duration::from_secs(40) {
                sim.net.plug(true);
                flapped = 2;
            }
        }
        for (client, progress) in progress.iter_mut().enumerate() {
            // The RST or FIN of a connection may be lost: the client gives up after a minute.
            let received = sim.clients.all[client].received.len();
            if progress.0 != received {
                *progress = (received, sim.now);
            }
            let dead = sim.now > progress.1 + Duration::from_secs(60);
            let ended = dead || sim.clients.is_closed_by_device(client) || sim.clients.is_reset(client);
            if ended && responses(sim, client) == 0 {
                sim.clients.reconnect(client);
                sim.clients.restart(client, &request(client));
                *progress = (0, sim.now);
            }
        }
        let served = (0..CLIENTS).all(|client| responses(sim, client) == 1) && (!flap || flapped == 2);
        if served && !healed {
            healed = true;
            sim.net.become_as(NO_FAULTS);
            for client in 0..CLIENTS {
                if client.is_multiple_of(2) {
                    assert!(
                        sim.clients.all[client].received.ends_with(&body),
                        "seed {seed}, client {client}"
                    );
                }
            }
        }
        // Without faults every socket listens again.
        healed && all_listen(sim)
    });
}

#[test]
fn every_client_is_served_with_a_fifth_of_the_frames_lost() {
    for seed in 0..12 {
        serve_under_faults(seed, Faults { lost: 20, ..NO_FAULTS }, false);
    }
}

#[test]
fn every_client_is_served_with_frames_doubled_swapped_and_corrupted() {
    for seed in 0..12 {
        serve_under_faults(seed, Faults { lost: 5, doubled: 20, late: 20, spoilt: 10 }, false);
    }
}

#[test]
fn every_client_is_served_after_the_cable_was_out() {
    for seed in 0..6 {
        serve_under_faults(seed, Faults { lost: 5, late: 10, ..NO_FAULTS }, true);
    }
}
