//! Law: the first SIGINT or SIGTERM is a request, the second one an order, whatever the first one still waits for.

use std::sync::Arc;
use std::time::Duration;
use std::{io, process, thread};

use bantam_std::ServerHandle;
use log::info;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::signal_stream::signalled;
use crate::telemetry::{Health, Watch};

/// Where a system has none, no signal is awaited.
#[cfg(unix)]
const REOPEN: Option<i32> = Some(signal_hook::consts::SIGHUP);
#[cfg(not(unix))]
const REOPEN: Option<i32> = None;

/// How the program ends.
pub(crate) struct Leave {
    /// Who is told first.
    pub(crate) health: Option<Health>,
    /// How long the server then goes on as before: whoever sends requests here has to notice.
    pub(crate) drain: Duration,
    /// How long requests that have begun may take.
    pub(crate) grace: Duration,
}

impl Leave {
    fn begin(self, server: ServerHandle) {
        self.health.iter().for_each(Health::stops);
        let (drain, grace) = (self.drain, self.grace);
        let stop = move || {
            info!("stopping; requests that have begun are finished");
            server.shutdown(grace);
        };
        if drain.is_zero() {
            return stop();
        }
        info!("stopping in {drain:?}; until then everybody is served");
        let (late, early) = (stop.clone(), stop);
        let wait = move || {
            thread::sleep(drain);
            late();
        };
        // A machine that has no thread left is not one to linger on.
        if thread::Builder::new().name("bantam-drain".into()).spawn(wait).is_err() {
            early();
        }
    }
}

/// Stops the server gracefully at the first signal, and the process at the second, with the shell's exit code for it. Opens a
/// log that is a file anew on SIGHUP, which otherwise ends the process, as a terminal that is closed should.
pub(crate) fn watch(server: ServerHandle, leave: Leave, watch: &Watch) -> io::Result<()> {
    let journal = watch.journal.as_ref().filter(|journal| journal.is_file()).map(Arc::clone);
    let reopen = REOPEN.filter(|_| journal.is_some());
    let signals = signalled([SIGINT, SIGTERM].into_iter().chain(reopen))?;
    let watch = move || {
        let mut request = Some((leave, server));
        for signal in signals {
            if Some(signal) == reopen {
                journal.iter().for_each(|journal| journal.reopen());
                continue;
            }
            let Some((leave, server)) = request.take() else { process::exit(128 + signal) };
            leave.begin(server);
        }
    };
    thread::Builder::new().name("bantam-signals".into()).spawn(watch).map(drop)
}
