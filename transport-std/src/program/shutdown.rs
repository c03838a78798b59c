//! The shutdown of the program by signals: /healthz becomes 503, the server drains, then stops.
//!
//! Invariant: the second SIGINT or SIGTERM ends the process at once, whatever the first one still waits for.

use std::sync::Arc;
use std::time::Duration;
use std::{io, process, thread};

use bantam_std::ServerHandle;
use log::info;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::signal_stream::signals;
use crate::telemetry::{HealthSite, Telemetry};

/// The signal that reopens the access log; `None` on systems without it.
#[cfg(unix)]
const REOPEN_SIGNAL: Option<i32> = Some(signal_hook::consts::SIGHUP);
#[cfg(not(unix))]
const REOPEN_SIGNAL: Option<i32> = None;

/// What the first signal starts.
pub(crate) struct ShutdownPlan {
    /// Becomes 503 first.
    pub(crate) health: Option<HealthSite>,
    /// Then the server goes on for this time, so that load balancers notice.
    pub(crate) drain: Duration,
    /// Then requests that have begun may take this time.
    pub(crate) grace: Duration,
}

impl ShutdownPlan {
    fn run(self, server: ServerHandle) {
        self.health.iter().for_each(HealthSite::set_stopping);
        let (drain, grace) = (self.drain, self.grace);
        let stop = move || {
            info!("stopping: finishing the requests that have begun");
            server.shutdown(grace);
        };
        if drain.is_zero() {
            return stop();
        }
        info!("stopping in {drain:?}: serving as before until then");
        let fallback = stop.clone();
        let wait = move || {
            thread::sleep(drain);
            stop();
        };
        // Without a thread to wait on, the drain is skipped.
        if thread::Builder::new().name("bantam-drain".into()).spawn(wait).is_err() {
            fallback();
        }
    }
}

/// Spawns the thread that waits for signals. The first SIGINT or SIGTERM runs the plan; the second exits with 128 plus the
/// number of the signal. SIGHUP reopens the access log if that is a file; else it keeps its default action, which ends the
/// process.
pub(crate) fn spawn_signal_thread(
    server: ServerHandle,
    plan: ShutdownPlan,
    telemetry: &Telemetry,
) -> io::Result<()> {
    let access_log = telemetry.access_log.as_ref().filter(|log| log.is_file()).map(Arc::clone);
    let reopen = REOPEN_SIGNAL.filter(|_| access_log.is_some());
    let signals = signals([SIGINT, SIGTERM].into_iter().chain(reopen))?;
    let handle_signals = move || {
        let mut pending = Some((plan, server));
        for signal in signals {
            if Some(signal) == reopen {
                access_log.iter().for_each(|log| log.reopen());
                continue;
            }
            let Some((plan, server)) = pending.take() else { process::exit(128 + signal) };
            plan.run(server);
        }
    };
    thread::Builder::new().name("bantam-signals".into()).spawn(handle_signals).map(drop)
}
