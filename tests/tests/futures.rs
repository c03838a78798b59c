//! The sizes of futures, which every connection pays for.

use bantam::{Blocking, Buffers, ConnectionState, Cycle, serve};
use bantam_std as _;
use bantam_tests::script::ScriptedPeer;
use bantam_www::Www;

#[test]
fn the_future_of_a_connection_has_not_grown() {
    let mut buffers = Buffers::<512, 512>::new();
    let mut state = buffers.state();
    let mut peer = ScriptedPeer::sending("");
    let site = size_of_val(&serve(&mut peer, &mut state, &Www::new()));
    println!("the future of a connection to the whole site: {site} bytes");
    // Includes the 512 bytes of /upload, 112 of its hash and 120 of its form, 32 of the routes that led to a page, 16 of the site that fields are asked of, and on 64-bit
    // processors 296 of the parser, whose index the page and the record look fields up in.
    assert!(site <= 1952, "{site}");
    assert!(size_of::<ConnectionState<'_>>() <= 88 && size_of::<Cycle>() <= 56);
    assert!(size_of::<Blocking<()>>() == 0, "an adapter that costs nothing");
}
