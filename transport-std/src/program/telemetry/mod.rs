//! `Telemetry`: the observer of the program, which feeds the access log, the metrics and the log.

mod access_log;
mod health;
mod json;
mod metrics;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use bantam_std::{AccessRecord, LogObserver, Observer};
use clap::Args;
use env_logger::{Builder, Target};
use log::LevelFilter;

use self::access_log::{AccessLog, Format};
pub(crate) use self::health::HealthSite;
use self::metrics::Metrics;
use crate::access;

#[derive(Debug, Args)]
#[command(next_help_heading = "Logs and metrics")]
pub(crate) struct TelemetryArgs {
    /// Format of a line of the access log
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log_format: Format,

    /// Append the access log to this file; SIGHUP reopens it [default: stderr]
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,

    /// Serve /metrics (Prometheus) and /healthz at this address, over plain HTTP and without a password [default: off]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) metrics: Option<String>,

    /// Log only warnings and errors, and no requests on stderr
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Log also why connections end
    #[arg(short, long)]
    verbose: bool,
}

impl TelemetryArgs {
    /// Returns the error that [`Telemetry::new`] would return for --access-log, and makes no file.
    pub(crate) fn check_access_log(&self) -> Result<(), String> {
        let Some(path) = &self.access_log else { return Ok(()) };
        access::append_to(path).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Makes env_logger write the log to stderr, with the level at the start of each line.
    pub(crate) fn init_logger(&self) {
        let level = match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::Warn,
            (false, false) => LevelFilter::Info,
            (false, true) => LevelFilter::Debug,
        };
        Builder::new()
            .filter_level(LevelFilter::Warn)
            .filter_module("bantam", level)
            // AccessLog writes these itself.
            .filter_module("access", LevelFilter::Off)
            .target(Target::Stderr)
            .format(|out, record| {
                writeln!(out, "{}: {}", record.level().as_str().to_lowercase(), record.args())
            })
            .init();
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    pub(crate) access_log: Option<Arc<AccessLog>>,
    pub(crate) metrics: Option<Arc<Metrics>>,
}

impl Telemetry {
    /// Opens the access log, and registers the metrics.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(args: &TelemetryArgs) -> Result<Self, String> {
        let access_log = match &args.access_log {
            None if args.quiet => None,
            file => Some(AccessLog::new(args.log_format, file.as_deref())?),
        };
        let metrics = args.metrics.as_ref().map(|_| Metrics::new());
        let metrics = metrics.transpose().map_err(|error| error.to_string())?;
        Ok(Self { access_log: access_log.map(Arc::new), metrics: metrics.map(Arc::new) })
    }
}

impl Observer for Telemetry {
    fn on_response(&self, access: &AccessRecord<'_>) {
        if let Some(access_log) = &self.access_log {
            access_log.write(access);
        }
        if let Some(metrics) = &self.metrics {
            metrics.on_response(access);
        }
        LogObserver.on_response(access);
    }

    fn on_rejected(&self) {
        if let Some(metrics) = &self.metrics {
            metrics.on_rejected();
        }
    }
}

/// The observer of [`HealthSite`]: its responses are neither logged nor counted.
#[derive(Debug)]
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn on_response(&self, _: &AccessRecord<'_>) {}
}
