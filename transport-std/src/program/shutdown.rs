//! The shutdown of the program by signals: /healthz becomes 503, the server drains, then stops.
//!
//! Invariant: the second SIGINT or SIGTERM ends the process at once, whatever the first one still waits for.

use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;
use std::{io, process, thread};

use bantam_std::ServerHandle;
use log::info;
use signal_hook::consts::{SIGINT, SIGTERM};

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
        let stop = move || {
            info!("stopping: finishing the requests that have begun");
            server.shutdown(self.grace);
        };
        if self.drain.is_zero() {
            return stop();
        }
        info!("stopping in {:?}: serving as before until then", self.drain);
        let fallback = stop.clone();
        let wait = move || {
            thread::sleep(self.drain);
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
    let access_log = telemetry.access_log.as_ref().filter(|log| log.file.is_some()).cloned();
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
    // Without this thread no signal would end the process: the handlers stay in place.
    let run = move || {
        let _ = panic::catch_unwind(AssertUnwindSafe(handle_signals));
        process::exit(101)
    };
    thread::Builder::new().name("bantam-signals".into()).spawn(run).map(drop)
}

/// Iterates over these signals, for a thread: most calls are forbidden in a signal handler. Blocks for the next one.
#[cfg(unix)]
fn signals(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32>> {
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    Ok(std::iter::from_fn(move || signals.forever().next()))
}

/// Iterates over these signals. Polls ten times a second.
#[cfg(not(unix))]
fn signals(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32>> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let last_signal = Arc::new(AtomicUsize::new(0));
    for signal in wanted {
        signal_hook::flag::register_usize(signal, Arc::clone(&last_signal), signal.unsigned_abs() as usize)?;
    }
    Ok(std::iter::from_fn(move || {
        loop {
            match last_signal.swap(0, Ordering::SeqCst) {
                0 => thread::sleep(Duration::from_millis(100)),
                signal => return i32::try_from(signal).ok(),
            }
        }
    }))
}
