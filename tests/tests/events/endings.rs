//! What ends a stream of events: the peer, the server, a call that fails, a future that is dropped.

use std::pin::pin;
use std::time::Duration;

use bantam::{Buffers, serve};
use bantam_tests::executor::poll_times;
use bantam_tests::requests::get;
use bantam_tests::script::{IoFault, ScriptedPeer, Step};
use embedded_io::ErrorKind;

use crate::pages::{Pages, serve_to};

#[test]
fn the_end_or_the_reset_of_the_peer_ends_a_wait_and_drops_what_it_waited_for() {
    for (end, is_sound) in [(None, true), (Some(Step::Fail(ErrorKind::ConnectionReset)), false)] {
        let steps = [
            Step::from(&get("/wait")[..]),
            Step::Expect(b"waits".into()),
            Step::Delay(Duration::from_secs(1)),
        ];
        let mut peer = ScriptedPeer::new(steps.into_iter().chain(end));
        let pages = Pages::default();
        assert_eq!(serve_to(&mut peer, &pages), is_sound);
        assert_eq!((&pages.waits.borrow()[..], pages.dropped.get()), (&[false][..], 1));
    }
}

#[test]
fn a_server_that_stops_ends_a_wait_at_once_and_the_page_says_goodbye() {
    for path in ["/wait", "/pause/1000"] {
        let steps =
            [Step::from(&get(path)[..]), Step::Delay(Duration::from_secs(1)), Step::Stop, Step::Stall];
        let mut peer = ScriptedPeer::new(steps);
        let pages = Pages::default();
        assert!(serve_to(&mut peer, &pages));
        let text = peer.text();
        assert!(text.ends_with("\n\n\r\n0\r\n\r\n") && !text.contains(": \n\n"), "{text}");
        assert!(text.contains("data: ends\n") || text.contains("data: cut short\n"), "{text}");
    }
}

#[test]
fn a_server_that_stops_begins_no_stream() {
    let mut peer = ScriptedPeer::sending(get("/late"));
    peer.environment.stopping = true;
    let pages = Pages::default();
    assert!(serve_to(&mut peer, &pages));
    assert!(peer.text().contains("Connection: close"), "{}", peer.text());
    assert_eq!(*pages.waits.borrow(), [false]);
}

fn waiting() -> ScriptedPeer {
    let silent = Step::Delay(Duration::from_secs(40));
    ScriptedPeer::new([Step::from(&get("/wait")[..]), silent]).max_read(16).max_write(10)
}

#[test]
fn a_failing_call_ends_a_stream_and_leaves_a_beginning_of_it() {
    let mut plain = waiting();
    assert!(serve_to(&mut plain, &Pages::default()));
    for call in 0..plain.calls {
        for fault in [IoFault::FailForever(ErrorKind::ConnectionReset), IoFault::Zero] {
            let (mut peer, pages) = (waiting().with_fault(call, fault), Pages::default());
            serve_to(&mut peer, &pages);
            let is_start = plain.written.starts_with(&peer.written);
            // A comment less, where the peer has ended early.
            let ends_early = peer.text().ends_with("data: ends\n\n\r\n0\r\n\r\n");
            assert!(
                is_start || ends_early || peer.text().starts_with("HTTP/1.1 400"),
                "{call}: {}",
                peer.text()
            );
            assert_eq!(pages.dropped.get(), pages.waits.borrow().len(), "call {call}");
        }
        for fault in [IoFault::Pend, IoFault::Fail(ErrorKind::Interrupted)] {
            let mut peer = waiting().with_fault(call, fault);
            serve_to(&mut peer, &Pages::default());
            assert_eq!(peer.text(), plain.text(), "call {call}, {fault:?}");
        }
    }
}

#[test]
fn a_stream_that_is_dropped_at_any_call_drops_what_it_waits_for() {
    let mut plain = waiting();
    serve_to(&mut plain, &Pages::default());
    for call in 0..plain.calls {
        let (mut peer, pages) = (waiting().with_fault(call, IoFault::Hang), Pages::default());
        let mut buffers = Buffers::<512, 512>::new();
        let served = poll_times(pin!(serve(&mut peer, &mut buffers.state(), &pages)), 10);
        assert!(served.is_none(), "call {call}");
        assert!(pages.dropped.get() <= 1 && pages.waits.borrow().len() <= pages.dropped.get(), "call {call}");
        assert!(plain.written.starts_with(&peer.written), "call {call}: {}", peer.text());
    }
}
