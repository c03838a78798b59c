//! Law: the first SIGINT or SIGTERM is a request, the second one an order.

use std::sync::Arc;
use std::time::Duration;
use std::{io, process, thread};

use bantam_std::Handle;
use log::info;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::signalled::signalled;
use crate::watch::{Health, Watch};

/// Where a system has none, no signal is awaited.
#[cfg(unix)]
const REOPEN: Option<i32> = Some(signal_hook::consts::SIGHUP);
#[cfg(not(unix))]
const REOPEN: Option<i32> = None;

/// Stops the server gracefully at the first signal, and the process at the second, with the shell's exit code for it. Opens a
/// log that is a file anew on SIGHUP, which otherwise ends the process, as a terminal that is closed should.
pub(crate) fn watch(
    server: Handle,
    grace: Duration,
    health: Option<Health>,
    watch: &Watch,
) -> io::Result<()> {
    let journal = watch.journal.as_ref().filter(|journal| journal.is_file()).map(Arc::clone);
    let reopen = REOPEN.filter(|_| journal.is_some());
    let signals = signalled([SIGINT, SIGTERM].into_iter().chain(reopen))?;
    let watch = move || {
        let mut asked = false;
        for signal in signals {
            if Some(signal) == reopen {
                journal.iter().for_each(|journal| journal.reopen());
                continue;
            }
            if asked {
                process::exit(128 + signal);
            }
            asked = true;
            health.iter().for_each(Health::stops);
            info!("stopping; requests that have begun are finished");
            server.stop(grace);
        }
    };
    thread::Builder::new().name("bantam-signals".into()).spawn(watch).map(drop)
}
