//! Law: a future is memory of every connection, and is known to the byte.

use bantam::{Blocking, Buffers, ConnectionState, Cycle, serve};
use bantam_std as _;
use bantam_tests::script::ScriptedPeer;
use bantam_www::Www;

#[test]
fn the_future_of_a_connection_is_as_small_as_it_was() {
    let mut buffers = Buffers::<512, 512>::new();
    let mut state = buffers.state();
    let mut peer = ScriptedPeer::sending("");
    let site = size_of_val(&serve(&mut peer, &mut state, &Www));
    println!("the future of a connection to the whole site: {site} bytes");
    // With the 128 bytes that /echo reads into.
    assert!(site <= 976, "{site}");
    assert!(size_of::<ConnectionState<'_>>() <= 88 && size_of::<Cycle>() <= 56);
    assert!(size_of::<Blocking<()>>() == 0, "an adapter that costs nothing");
}
