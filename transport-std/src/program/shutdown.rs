//! The shutdown of the program by signals: /healthz becomes 503, the server drains, then stops.
//!
//! Invariant: the second SIGINT or SIGTERM ends the process at once, whatever the first one still waits for.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use std::{io, process, thread};

use bantam_std::{ServerHandle, Tls};
use log::info;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::telemetry::{ServerStatus, Telemetry};
use crate::tls_args;

/// The signal that reopens the access log and loads the certificates again; `None` on systems without it.
#[cfg(unix)]
const REOPEN_SIGNAL: Option<i32> = Some(signal_hook::consts::SIGHUP);
#[cfg(not(unix))]
const REOPEN_SIGNAL: Option<i32> = None;
/// The signal that writes the status to stderr; `None` on systems without it.
#[cfg(unix)]
const STATUS_SIGNAL: Option<i32> = Some(signal_hook::consts::SIGUSR1);
#[cfg(not(unix))]
const STATUS_SIGNAL: Option<i32> = None;
/// Signals that other servers give a meaning, and whose default action ends the process.
#[cfg(unix)]
const IGNORED_SIGNALS: &[i32] = &[signal_hook::consts::SIGUSR2];
#[cfg(not(unix))]
const IGNORED_SIGNALS: &[i32] = &[];

/// How long the last lines of a log may take after the second signal.
const FLUSH_AT_ONCE: Duration = Duration::from_millis(50);

/// What the first signal starts.
pub(crate) struct ShutdownPlan {
    /// With it /healthz becomes 503 first.
    pub(crate) status: Arc<ServerStatus>,
    /// Then the server goes on for this time, so that load balancers notice.
    pub(crate) drain: Duration,
    /// Then requests that have begun may take this time.
    pub(crate) grace: Duration,
    /// Is set when the server stops.
    pub(crate) deadline: StopDeadline,
}

/// When the program has to have ended; not set before it is told to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct StopDeadline(Arc<OnceLock<Instant>>);

impl StopDeadline {
    /// How long the program may still take, `limit` at most.
    pub(crate) fn remaining(&self, limit: Duration) -> Duration {
        self.0.get().map_or(limit, |at| limit.min(at.saturating_duration_since(Instant::now())))
    }
}

impl ShutdownPlan {
    fn run(self, server: ServerHandle) {
        self.status.set_stopping();
        let stop = move || {
            info!("stopping: finishing the requests that have begun");
            if let Some(at) = Instant::now().checked_add(self.grace) {
                self.deadline.0.get_or_init(|| at);
            }
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

/// Keeps SIGHUP, SIGUSR1 and SIGUSR2 from ending the process from here on, which is their default action. The flag is set when
/// a SIGHUP comes.
pub(crate) fn survive_reload() -> io::Result<Arc<AtomicBool>> {
    let reload = Arc::new(AtomicBool::new(false));
    for signal in REOPEN_SIGNAL.iter().chain(&STATUS_SIGNAL).chain(IGNORED_SIGNALS) {
        let flag = if REOPEN_SIGNAL == Some(*signal) { Arc::clone(&reload) } else { Arc::default() };
        signal_hook::flag::register(*signal, flag)?;
    }
    Ok(reload)
}

/// Catches the signals from here on, for [`spawn_signal_thread`]: before a client is served, so that no stop cuts it off.
pub(crate) fn catch_signals() -> io::Result<impl Iterator<Item = i32> + Send + 'static> {
    let others = REOPEN_SIGNAL.into_iter().chain(STATUS_SIGNAL).chain(IGNORED_SIGNALS.iter().copied());
    signals([SIGINT, SIGTERM].into_iter().chain(others))
}

/// Spawns the thread that waits for signals. The first SIGINT or SIGTERM runs the plan; the second exits with 128 plus the
/// number of the signal. SIGHUP reopens the access log if that is a file, and loads the certificates of `tls` again; one before the
/// thread has started is `reload`. SIGUSR1 writes the status to stderr.
pub(crate) fn spawn_signal_thread(
    server: ServerHandle,
    plan: ShutdownPlan,
    telemetry: &Telemetry,
    tls: Option<Tls>,
    reload: Arc<AtomicBool>,
    signals: impl Iterator<Item = i32> + Send + 'static,
) -> io::Result<()> {
    let access_log = telemetry.access_log.as_ref().filter(|log| log.is_file).cloned();
    let telemetry = telemetry.clone();
    let handle_signals = move || {
        let mut pending = Some((plan, server));
        let early = REOPEN_SIGNAL.filter(|_| reload.load(Ordering::Relaxed));
        for signal in early.into_iter().chain(signals) {
            if Some(signal) == REOPEN_SIGNAL {
                match (&access_log, &tls) {
                    (None, None) => info!("SIGHUP: there is no --access-log to reopen"),
                    (log, tls) => {
                        log.iter().for_each(|log| log.reopen());
                        tls.iter().for_each(|tls| tls_args::report(tls.reload()));
                    }
                }
                continue;
            }
            if Some(signal) == STATUS_SIGNAL {
                telemetry.print_status();
                continue;
            }
            if IGNORED_SIGNALS.contains(&signal) {
                info!(
                    "signal {signal} has no meaning here; SIGHUP reopens the access log, SIGUSR1 prints the status"
                );
                continue;
            }
            let Some((plan, server)) = pending.take() else {
                telemetry.flush(FLUSH_AT_ONCE);
                process::exit(128 + signal)
            };
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
fn signals(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32> + Send + 'static> {
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    Ok(std::iter::from_fn(move || signals.forever().next()))
}

/// Iterates over these signals. Polls ten times a second.
#[cfg(not(unix))]
fn signals(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32> + Send + 'static> {
    use std::sync::atomic::AtomicUsize;

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
