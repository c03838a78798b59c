//! Law: the first SIGINT or SIGTERM is a request, the second one an order.

use std::time::Duration;
use std::{io, process, thread};

use bantam_std::Stop;
use log::info;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Stops the server gracefully at the first signal, and the process at the second, with the shell's exit code for it.
pub(crate) fn stop_on_signal(stop: Stop, grace: Duration) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let watch = move || {
        let mut asked = false;
        for signal in signals.forever() {
            if asked {
                process::exit(128 + signal);
            }
            asked = true;
            info!("stopping; requests that have begun are finished");
            stop.stop(grace);
        }
    };
    thread::Builder::new().name("bantam-signals".into()).spawn(watch).map(drop)
}
