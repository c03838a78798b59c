//! Serves scripts and byte strings in memory.

use bantam::{Buffers, ConnectionState, Site, blocking, serve};

use crate::blocking_peer::over_blocking;
use crate::executor::run;
use crate::pages::Pages;
use crate::script::ScriptedPeer;

/// The request buffer of [`run_script`], in bytes.
pub const INPUT: usize = 512;
/// The response buffer of [`run_script`], in bytes.
pub const OUTPUT: usize = 512;
/// For [`serve_bytes`]: reads are not limited.
pub const WHOLE: usize = usize::MAX;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Serves a peer to its end with [`Pages`].
///
/// # Panics
/// If the server waits while the peer expects bytes of it.
pub fn run_script(peer: &mut ScriptedPeer) {
    run_script_with(peer, &mut Buffers::<INPUT, OUTPUT>::new().state());
}

/// Like [`run_script`], with this connection state.
///
/// # Panics
/// If the server waits while the peer expects bytes of it.
pub fn run_script_with(peer: &mut ScriptedPeer, state: &mut ConnectionState<'_>) {
    // The peer has recorded what its stream failed with.
    let _ = run(serve(peer, state, &Pages));
    assert_eq!(peer.unmet, None, "both sides wait, after {}", peer.text());
}

/// The response bytes of a site to `request`, over `Blocking` with buffers of these sizes. Reads return at most `max_read`
/// bytes. `date`: the value of `Date`.
///
/// # Panics
/// If serving fails.
pub fn serve_bytes<S: Site, const INPUT: usize, const OUTPUT: usize>(
    site: &S,
    request: &[u8],
    max_read: usize,
    date: Option<[u8; 29]>,
) -> Vec<u8> {
    let mut peer = ScriptedPeer::sending(request).max_read(max_read);
    peer.environment.date = date;
    let mut buffers = Box::new(Buffers::<INPUT, OUTPUT>::new());
    let (peer, result) =
        over_blocking(peer, |transport| blocking::block_on(serve(transport, &mut buffers.state(), site)));
    result.expect("memory does not fail");
    assert_eq!(peer.received(), peer.written, "all that was written was flushed");
    peer.written
}

/// Removes 100 (Continue), which is sent only where the body was not there yet and so depends on the network.
#[must_use]
pub fn without_continue(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(at) = bytes.windows(CONTINUE.len()).position(|window| window == CONTINUE) {
        bytes.drain(at..at + CONTINUE.len());
    }
    bytes
}
