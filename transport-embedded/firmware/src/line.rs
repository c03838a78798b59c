//! Law: a line serves one client after the other, for ever.

use core::time::Duration;

use bantam::{Buffers, Deadlines, blocking, serve};
use bantam_embedded::serial::{self, Clock};
use bantam_www::Www;
use embedded_io::{Read, ReadReady, Write};

use crate::{console, memory};

/// Serves the site to whoever is at the other end of a serial line.
///
/// # Panics
/// When the stack has come down to what is static, on a chip that has no guard for it.
pub fn serve_on<U: Read + ReadReady + Write>(
    uart: U,
    clock: impl Clock,
    buffers: &mut Buffers<1024, 512>,
) -> ! {
    // Whoever has been answered for the last time is thrown off the line at once.
    let deadlines = Deadlines::DEFAULT.close(Duration::from_millis(50));
    let mut line = serial::transport(uart, clock, deadlines);
    console::say(b"READY on the serial line\n");
    loop {
        // The line cannot fail; a connection that ends makes way for the next.
        let _ = blocking::block_on(serve(&mut line, &mut buffers.state(), &Www));
        assert!(memory::never_used() > 0, "the stack is too small");
    }
}
