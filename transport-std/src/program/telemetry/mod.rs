//! `Telemetry`: the observer of the program, which feeds the access log, the metrics and the log.

mod access_log;
mod health;
mod log_writer;
mod logger;
mod logins;
mod metrics;
mod output;
#[cfg(target_os = "linux")]
mod process;
mod queue;
mod sink;
mod status;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bantam_std::{AccessRecord, FaultObserver, Observer, Observes, RejectedConnection};
use clap::Args;
use log::{LevelFilter, warn};

use self::access_log::{AccessLog, FormatArg};
pub(crate) use self::health::HealthSite;
pub(crate) use self::logins::LoginRecorder;
use self::logins::{Logins, MAX_NAME};
use self::metrics::Metrics;
#[cfg(target_os = "linux")]
pub(crate) use self::process::resident_kb;
pub(crate) use self::sink::Sink;
pub(crate) use self::status::ServerStatus;
use crate::access;

#[derive(Debug, Args)]
#[command(next_help_heading = "Logs and metrics")]
pub(crate) struct TelemetryArgs {
    /// Format of a line of the access log
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log_format: FormatArg,

    /// Append the access log to this file; SIGHUP reopens it. Lines that it does not take in time are lost, and counted
    /// [default: stderr]
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,

    /// Serve /metrics (Prometheus), /healthz and a page of live numbers, /-/status, at this address, without a password. The page
    /// has the addresses of clients that were refused [default: off]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) metrics: Option<String>,

    /// Speak HTTPS at --metrics, too, with the certificate of --tls-cert or --tls-self-signed
    #[arg(long)]
    pub(crate) metrics_tls: bool,

    /// Log only warnings and errors, and no requests on stderr
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Log also why connections end
    #[arg(short, long)]
    verbose: bool,
}

impl TelemetryArgs {
    /// The value of --access-log.
    pub(crate) fn access_log(&self) -> Option<&Path> {
        self.access_log.as_deref()
    }

    /// Returns the error that [`Telemetry::new`] would return for --access-log, and makes no file.
    pub(crate) fn check_access_log(&self) -> Result<(), String> {
        let Some(path) = &self.access_log else { return Ok(()) };
        access::append_to(path).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Makes the log: env_logger and panics write to stderr, by the sink that is returned, once that is started.
    ///
    /// # Errors
    /// The system's, for want of a signal handler.
    pub(crate) fn init_logger(&self) -> io::Result<Sink> {
        let level = match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::Warn,
            (false, false) => LevelFilter::Info,
            (false, true) => LevelFilter::Debug,
        };
        let stderr = Sink::stderr()?;
        logger::init(level, &stderr);
        Ok(stderr)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    pub(crate) access_log: Option<Arc<AccessLog>>,
    pub(crate) metrics: Option<Arc<Metrics>>,
    pub(crate) status: Arc<ServerStatus>,
    /// `None` where no user can log in.
    logins: Option<Arc<Logins>>,
    stderr: Sink,
}

impl Telemetry {
    /// Opens the access log, and registers the metrics; starts no thread. `has_users`: the access control asks for a name and a password.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(args: &TelemetryArgs, stderr: &Sink, has_users: bool) -> Result<Self, String> {
        let access_log = match &args.access_log {
            None if args.quiet => None,
            file => Some(AccessLog::new(args.log_format, file.as_deref(), stderr)?),
        };
        let mut sinks = vec![("stderr", stderr.clone())];
        sinks.extend(access_log.iter().filter(|log| log.is_file).map(|log| ("access_log", log.sink.clone())));
        let metrics = args.metrics.as_ref().map(|_| Metrics::new(&sinks));
        let metrics = metrics.transpose().map_err(|error| error.to_string())?;
        let logins = has_users.then(Arc::default);
        let (access_log, metrics) = (access_log.map(Arc::new), metrics.map(Arc::new));
        let status = Arc::new(ServerStatus::new(access_log.is_some() || metrics.is_some()));
        Ok(Self { access_log, metrics, status, logins, stderr: stderr.clone() })
    }

    /// Starts the writers of the logs.
    ///
    /// # Errors
    /// A sentence for the user, for want of a thread.
    pub(crate) fn start(&self) -> Result<(), String> {
        let sinks = self.access_log.iter().map(|log| &log.sink).chain([&self.stderr]);
        sinks.into_iter().try_for_each(Sink::start).map_err(|error| format!("cannot start a thread: {error}"))
    }

    /// The layer right behind the access control.
    pub(crate) fn login_recorder(&self) -> LoginRecorder {
        LoginRecorder { logins: self.logins.clone() }
    }

    /// Writes the summary of the status to stderr. Waits for nothing.
    pub(crate) fn print_status(&self) {
        self.stderr.push(self.status.summary().as_bytes());
    }

    /// Writes what is queued of the logs, as [`Sink::flush`] does.
    pub(crate) fn flush(&self, limit: Duration) {
        let started = Instant::now();
        if let Some(access_log) = self.access_log.as_ref().filter(|log| log.is_file)
            && !access_log.sink.flush(limit)
        {
            warn!("the last lines of the access log were lost: it was not written in time");
        }
        self.stderr.flush(limit.saturating_sub(started.elapsed()));
    }
}

impl Observer for Telemetry {
    fn observes(&self) -> Observes {
        let all = self.access_log.is_some() || self.metrics.is_some();
        if all { Observes::Responses } else { FaultObserver.observes() }
    }

    fn on_response(&self, access: &AccessRecord<'_>) {
        match (&self.access_log, &self.logins) {
            (Some(access_log), None) => access_log.write(access),
            (Some(access_log), Some(logins)) => {
                let (mut access, mut memory) = (*access, [0; MAX_NAME]);
                access.user = logins.user(access.record, &mut memory);
                access_log.write(&access);
            }
            (None, _) => {}
        }
        if let Some(metrics) = &self.metrics {
            metrics.on_response(access);
        }
        self.status.on_response(access);
        FaultObserver.on_response(access);
    }

    fn needs_duration(&self) -> bool {
        self.metrics.is_some() || self.access_log.as_ref().is_some_and(|log| log.needs_duration())
    }

    fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        // A handshake that fails has no response.
        if let Some(access_log) = self.access_log.as_ref().filter(|_| why != RejectedConnection::Handshake) {
            access_log.write(access);
        }
        if let Some(metrics) = &self.metrics {
            metrics.on_rejected(why);
        }
        self.status.on_rejected(access, why);
    }
}

/// The observer of [`HealthSite`]: its responses are neither logged nor counted.
#[derive(Debug)]
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn observes(&self) -> Observes {
        Observes::Nothing
    }

    fn on_response(&self, _: &AccessRecord<'_>) {}
}
