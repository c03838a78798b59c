//! Law: what is done with an answer beside sending it is done here: it is logged, and it is counted.

mod access_log;
mod health;
mod json;
pub(crate) mod logger;
mod metrics;

use std::path::PathBuf;
use std::sync::Arc;

use bantam_std::{AccessRecord, LogObserver, Observer};
use clap::Args;

use self::access_log::{Format, Journal};
pub(crate) use self::health::Health;
use self::metrics::Metrics;

#[derive(Debug, Args)]
#[command(next_help_heading = "Logs and metrics")]
pub(crate) struct WatchArgs {
    /// What a line of the access log looks like
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log_format: Format,

    /// Append the access log to this file and not to stderr; SIGHUP opens it anew
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,

    /// Serve /metrics (for Prometheus) and /healthz at this address, in plain HTTP and for everybody who can reach it
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) metrics: Option<String>,

    /// No access log on stderr, and no messages but warnings and errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say also why connections end
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Whoever watches over the program's answers.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) journal: Option<Arc<Journal>>,
    pub(crate) metrics: Option<Arc<Metrics>>,
}

impl Watch {
    /// As it was asked for; says in one sentence what of it cannot be.
    pub(crate) fn new(args: &WatchArgs) -> Result<Self, String> {
        let journal = match &args.access_log {
            None if args.quiet => None,
            file => Some(Journal::new(args.log_format, file.as_deref()).map_err(|error| {
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
        Ok(Self { journal: journal.map(Arc::new), metrics: metrics.map(Arc::new) })
    }
}

impl Observer for Watch {
    fn on_response(&self, answer: &AccessRecord<'_>) {
        if let Some(journal) = &self.journal {
            journal.write(answer);
        }
        if let Some(metrics) = &self.metrics {
            metrics.on_response(answer);
        }
        LogObserver.on_response(answer);
    }

    fn on_rejected(&self) {
        if let Some(metrics) = &self.metrics {
            metrics.on_rejected();
        }
    }
}

/// Who watches over the answers of [`Health`].
#[derive(Debug)]
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn on_response(&self, _: &AccessRecord<'_>) {}
}
