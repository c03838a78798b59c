//! The server loop of a serial line: one connection after the other.

use core::time::Duration;

use bantam::{Buffers, Deadlines, blocking, serve};
use bantam_embedded::serial::{Clock, transport};
use bantam_www::Www;
use embedded_io::{Read, ReadReady, Write};

use crate::{console, memory};

/// Serves the site over a UART. Never returns.
///
/// # Panics
/// Panics if the stack has reached the statics (micro:bit, which has no MPU).
pub fn run<U: Read + ReadReady + Write>(uart: U, clock: impl Clock, buffers: &mut Buffers<1024, 512>) -> ! {
    // `close`: how long received bytes are discarded after the last response.
    let deadlines = Deadlines::DEFAULT.close(Duration::from_millis(50));
    let site = Www::new();
    let mut transport = transport(uart, clock, deadlines);
    console::print(b"READY on the serial line\n");
    loop {
        // An error ends the connection; the next one begins.
        let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &site));
        assert!(memory::never_used() > 0, "the stack is too small");
    }
}
