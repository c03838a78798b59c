//! Requests to a site in every way a stream can carry them.
//! Invariant: reads, writes and calls that are pending or interrupted change no byte of the responses; a call that fails, and a future that
//! is dropped, leave a beginning of them.

use std::pin::pin;

use bantam::{Buffers, Site, serve};
use embedded_io_async::ErrorKind;

use crate::answers::{Answer, read, read_prefix};
use crate::executor::{poll_once, run};
use crate::script::{IoFault, ScriptedPeer};

type Memory = Buffers<1024, 512>;

/// Serves `requests` in every way, and returns the responses. `is_head` returns true for the number of a request that is HEAD.
///
/// # Panics
/// If the responses differ, or are not well-formed.
pub fn in_every_way<S: Site>(site: &S, requests: &str, is_head: impl Fn(usize) -> bool) -> Vec<Answer> {
    let whole = serve_all(site, ScriptedPeer::sending(requests));
    for (reads, writes) in [(1, usize::MAX), (2, 3), (3, 7), (17, 1), (usize::MAX, 50)] {
        let peer = || ScriptedPeer::sending(requests).max_read(reads).max_write(writes);
        let sound = serve_all(site, peer());
        assert_eq!(sound.text(), whole.text(), "reads of {reads}");
        for call in (0..sound.calls).filter(|call| sound.calls < 300 || call % 7 == 0) {
            for fault in [IoFault::Pend, IoFault::Fail(ErrorKind::Interrupted)] {
                assert_eq!(
                    serve_all(site, peer().with_fault(call, fault)).text(),
                    whole.text(),
                    "call {call}"
                );
            }
            let mut failed = peer().with_fault(call, IoFault::Fail(ErrorKind::ConnectionReset));
            let _ = run(serve(&mut failed, &mut Memory::new().state(), site));
            let mut dropped = peer().with_fault(call, IoFault::Hang);
            let _ = poll_once(pin!(serve(&mut dropped, &mut Memory::new().state(), site)));
            for peer in [failed, dropped] {
                assert!(whole.written.starts_with(&peer.written), "call {call}: {}", peer.text());
                read_prefix(peer.received(), &is_head).unwrap_or_else(|flaw| panic!("call {call}: {flaw}"));
            }
        }
    }
    read(whole.received(), is_head).unwrap_or_else(|flaw| panic!("{flaw:?} in {}", whole.text()))
}

fn serve_all<S: Site>(site: &S, mut peer: ScriptedPeer) -> ScriptedPeer {
    run(serve(&mut peer, &mut Memory::new().state(), site)).expect("the stream is sound");
    peer
}
