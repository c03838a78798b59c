//! Law: whatever the network does, an answer arrives whole or its connection ends, and every socket listens again.

mod dropped;
mod hostile;
mod notices;
mod world;

use std::time::Duration;

use bantam_tests::answers::read;
use bantam_tests::net::Faults;
use smoltcp::wire::{IpAddress, IpCidr};
use world::{Moment, SLOTS, SOCKETS, run};

const NONE: Faults = Faults { lost: 0, doubled: 0, late: 0, spoilt: 0 };

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn post(body: &[u8]) -> Vec<u8> {
    [format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body]
        .concat()
}

/// How many whole answers a client has heard.
fn answers(moment: &Moment<'_>, client: usize) -> usize {
    read(&moment.clients.all[client].heard, |_| false).map_or(0, |answers| answers.len())
}

/// Does every socket listen?
fn all_listen(moment: &Moment<'_>) -> bool {
    moment.census.listening == SOCKETS
}

#[test]
fn a_request_is_answered_over_ipv4_and_ipv6() {
    for v6 in [false, true] {
        let mut started = false;
        run(1, NONE, v6, |moment| {
            if !std::mem::replace(&mut started, true) {
                moment.clients.connect(get("/robots.txt"));
            }
            moment.clients.text(0).contains("User-agent")
        });
    }
}

#[test]
fn a_connection_is_kept_without_a_slot_and_closed_when_it_has_been_silent_for_long() {
    let mut step = 0;
    run(1, NONE, false, |moment| {
        match step {
            0 => drop(moment.clients.connect(get("/robots.txt"))),
            1 if answers(moment, 0) < 1 => return false,
            1 => assert_eq!((moment.census.waiting, moment.census.served), (1, 0), "idle, and in no slot"),
            2 => moment.clients.say(0, get("/robots.txt").repeat(3).as_bytes()),
            3 if answers(moment, 0) < 4 => return false,
            _ if !all_listen(moment) => return false,
            _ => {
                assert!(
                    moment.now >= Duration::from_secs(15) && moment.now < Duration::from_secs(17),
                    "{:?}",
                    moment.now
                );
                return true;
            }
        }
        step += 1;
        false
    });
}

#[test]
fn a_page_that_sleeps_delays_nobody_else() {
    let mut started = false;
    let mut late = None;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            for _ in 0..3 {
                moment.clients.connect(get("/sleep"));
            }
        }
        if late.is_none() && moment.now > Duration::from_secs(2) {
            late = Some((moment.clients.connect(get("/robots.txt")), moment.now));
        }
        if let Some((client, since)) = late
            && answers(moment, client) == 0
        {
            assert!(moment.now - since < Duration::from_millis(20), "a page without delay");
        }
        let ended = (0..3).all(|client| answers(moment, client) == 1);
        if ended {
            assert!(
                moment.now >= Duration::from_secs(5) && moment.now < Duration::from_secs(6),
                "{:?}",
                moment.now
            );
            assert!((0..3).all(|client| moment.clients.text(client).matches("class=\"piece\"").count() == 5));
        }
        ended
    });
}

#[test]
fn a_page_may_take_longer_than_any_deadline_of_the_network() {
    let mut started = false;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            moment.clients.connect(get("/minute"));
        }
        assert!(!moment.clients.is_gone(0), "cut off at {:?}", moment.now);
        moment.clients.text(0).ends_with("a minute later")
    });
}

#[test]
fn a_megabyte_is_echoed_through_a_kilobyte() {
    let body: Vec<u8> = (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let mut started = false;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            moment.clients.connect(post(&body));
        }
        moment.clients.all[0].heard.ends_with(&body)
    });
}

#[test]
fn more_clients_than_sockets_wait_and_none_is_refused() {
    const CLIENTS: usize = 16;
    for v6 in [false, true] {
        let mut started = false;
        run(1, NONE, v6, |moment| {
            if !std::mem::replace(&mut started, true) {
                let request = get("/robots.txt").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
                for _ in 0..CLIENTS {
                    moment.clients.connect(request.clone());
                }
            }
            for client in 0..CLIENTS {
                assert!(
                    !moment.clients.is_gone(client) || answers(moment, client) == 1,
                    "{client} was refused"
                );
            }
            (0..CLIENTS).all(|client| answers(moment, client) == 1) && all_listen(moment)
        });
    }
}

#[test]
fn one_client_beyond_the_slots_waits_and_is_not_refused() {
    let mut started = false;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            for _ in 0..SLOTS {
                moment.clients.connect(get("/sleep"));
            }
            moment.clients.connect(get("/robots.txt"));
        }
        assert!(!moment.clients.is_gone(SLOTS), "refused");
        answers(moment, SLOTS) == 1
    });
}

#[test]
fn whoever_stalls_is_told_so_and_dropped() {
    for (says, status, seconds) in [
        ("", "", 15),
        ("GET / HTTP/1.1\r\nHost:", "HTTP/1.1 408 ", 10),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 200 ", 15),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 408 ", 15),
    ] {
        let mut started = false;
        run(1, NONE, false, |moment| {
            if !std::mem::replace(&mut started, true) {
                moment.clients.connect(says);
            }
            let over = moment.now > Duration::from_secs(1) && all_listen(moment);
            if over {
                assert!(moment.clients.text(0).starts_with(status), "{says:?}: {}", moment.clients.text(0));
                let late = moment.now - Duration::from_secs(seconds);
                assert!(late < Duration::from_secs(2), "{says:?}: {:?}", moment.now);
            }
            over
        });
    }
}

#[test]
fn a_client_that_trickles_is_dropped_all_the_same() {
    let mut started = false;
    let mut next = Duration::ZERO;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            moment.clients.connect("GET / HTTP/1.1\r\nX: ");
        }
        if moment.now >= next {
            next = moment.now + Duration::from_secs(1);
            moment.clients.say(0, b"y");
        }
        let over = moment.now > Duration::from_secs(1) && all_listen(moment);
        assert!(over || moment.now < Duration::from_secs(12), "{:?}", moment.now);
        over
    });
}

#[test]
fn a_client_that_does_not_read_is_dropped() {
    let body = vec![b'x'; 100_000];
    let mut started = false;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            let client = moment.clients.connect(post(&body));
            moment.clients.all[client].deaf = true;
        }
        let over = moment.now > Duration::from_secs(1) && all_listen(moment);
        assert!(over || moment.now < Duration::from_secs(65), "{:?} at {:?}", moment.census, moment.now);
        over
    });
}

#[test]
fn a_client_that_resets_in_the_middle_of_its_body_leaves_nothing_behind() {
    let mut rounds = 0;
    run(1, NONE, false, |moment| {
        let all = moment.clients.all.len();
        if all == rounds {
            moment.clients.connect("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nabc");
        } else if moment.clients.text(rounds).contains("abc") && !moment.clients.is_gone(rounds) {
            moment.clients.reset(rounds);
        } else if moment.clients.is_gone(rounds) && all_listen(moment) {
            rounds += 1;
        }
        rounds == 50
    });
}

#[test]
fn an_address_that_changes_needs_no_restart() {
    let mut step = 0;
    run(1, NONE, false, |moment| {
        match step {
            0 => drop(moment.clients.connect(get("/sleep"))),
            1 if !moment.clients.text(0).contains("class=\"piece\"") => return false,
            1 => {
                let address = IpAddress::v4(10, 0, 0, 9);
                moment.interface.update_ip_addrs(|addresses| addresses[0] = IpCidr::new(address, 24));
                moment.clients.device_address = address;
                moment.clients.connect(get("/robots.txt"));
            }
            2 => {
                assert!(moment.now < Duration::from_secs(2), "the new address is served at once");
                if answers(moment, 1) == 0 {
                    return false;
                }
            }
            // The client of the old address hears nothing more, and its socket is free by a deadline.
            _ if !all_listen(moment) => return false,
            _ => {
                assert!(answers(moment, 0) == 0 && moment.now < Duration::from_secs(90), "{:?}", moment.now);
                return true;
            }
        }
        step += 1;
        false
    });
}

/// A crowd of clients with pages and bodies, over a bad network: everyone is served, or the connection ends and a new one
/// is made.
fn crowd(seed: u64, faults: Faults, flap: bool) {
    const CLIENTS: usize = 6;
    let body: Vec<u8> = (0..6000u32).map(|n| ((n * 31) >> 4) as u8).collect();
    let request =
        |client: usize| if client.is_multiple_of(2) { post(&body) } else { get("/style.css").into_bytes() };
    let mut started = false;
    let mut flapped = 0;
    let mut calm = None;
    let mut progress = [(0, Duration::ZERO); CLIENTS];
    run(seed, faults, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            for client in 0..CLIENTS {
                moment.clients.connect(request(client));
            }
        }
        if flap && flapped < 2 && moment.now > Duration::from_millis(30) {
            // Out for a while, in the middle of everything; then back.
            if flapped == 0 {
                moment.net.plug(false);
                flapped = 1;
            } else if moment.now > Duration::from_secs(40) {
                moment.net.plug(true);
                flapped = 2;
            }
        }
        for (client, progress) in progress.iter_mut().enumerate() {
            // A person does not wait for ever for a connection of which the end was lost.
            let heard = moment.clients.all[client].heard.len();
            if progress.0 != heard {
                *progress = (heard, moment.now);
            }
            let dead = moment.now > progress.1 + Duration::from_secs(60);
            let over = dead || moment.clients.is_over(client) || moment.clients.is_gone(client);
            if over && answers(moment, client) == 0 {
                moment.clients.reconnect(client);
                moment.clients.restart(client, &request(client));
                *progress = (0, moment.now);
            }
        }
        let served = (0..CLIENTS).all(|client| answers(moment, client) == 1) && (!flap || flapped == 2);
        if served && calm.is_none() {
            calm = Some(moment.now);
            moment.net.become_as(NONE);
            for client in 0..CLIENTS {
                if client.is_multiple_of(2) {
                    assert!(
                        moment.clients.all[client].heard.ends_with(&body),
                        "seed {seed}, client {client}"
                    );
                }
            }
        }
        // With the network sound again no slot and no socket is lost.
        calm.is_some() && all_listen(moment)
    });
}

#[test]
fn everyone_is_served_over_a_network_that_loses_a_fifth() {
    for seed in 0..12 {
        crowd(seed, Faults { lost: 20, ..NONE }, false);
    }
}

#[test]
fn everyone_is_served_over_a_network_that_doubles_swaps_and_spoils() {
    for seed in 0..12 {
        crowd(seed, Faults { lost: 5, doubled: 20, late: 20, spoilt: 10 }, false);
    }
}

#[test]
fn everyone_is_served_after_the_cable_was_out() {
    for seed in 0..6 {
        crowd(seed, Faults { lost: 5, late: 10, ..NONE }, true);
    }
}
