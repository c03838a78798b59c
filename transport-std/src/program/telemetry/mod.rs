//! `Telemetry`: the observer of the program, which feeds the access log, the metrics and the log.

mod access_log;
mod health;
mod json;
pub(crate) mod logger;
mod metrics;

use std::path::PathBuf;
use std::sync::Arc;

use bantam_std::{AccessRecord, LogObserver, Observer};
use clap::Args;

use self::access_log::{AccessLog, Format};
pub(crate) use self::health::HealthSite;
use self::metrics::Metrics;

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
    pub(crate) quiet: bool,

    /// Log also why connections end
    #[arg(short, long)]
    pub(crate) verbose: bool,
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
            file => Some(AccessLog::new(args.log_format, file.as_deref()).map_err(|error| {
                format!(
                    "cannot write {}: {error}",
                    file.as_deref().unwrap_or_else(|| "stderr".as_ref()).display()
                )
            })?),
        };
        let metrics = match &args.metrics {
            Some(_) => Some(Metrics::new().map_err(|error| error.to_string())?),
            None => None,
        };
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
