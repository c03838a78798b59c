//! Law: every limit and deadline of the server is a flag with the library's own default.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use bantam_std::Deadlines;
use clap::{Parser, ValueEnum};
use clap_complete::Shell;

use crate::auth::GateArgs;
use crate::proxy_args::ProxyArgs;
use crate::site::Files;
use crate::telemetry::WatchArgs;

/// Serves a folder (--root), or the site it was built with (www/), over HTTP/1.1.
///
/// Prints its URL and logs every request on stderr. SIGINT (Ctrl-C) and SIGTERM stop it gracefully:
/// what has begun is finished; a second one stops it at once.
#[derive(Debug, Parser)]
#[command(
    name = "bantam",
    version,
    after_help = "Examples:\n  \
        bantam                                    http://127.0.0.1:8080/\n  \
        bantam --bind 0.0.0.0:80 --bind [::]:80   everywhere\n  \
        bantam --bind 127.0.0.1:0 --quiet         a free port, which the first line of output names\n  \
        bantam --root public --listing            the files of a folder, which others may look through\n  \
        bantam --root dist --spa index.html       an application that finds its way in the browser\n\n\
        Times are seconds; 0 is without end. Each flag may be given as an environment variable, too (BANTAM_TIMEOUT_IDLE=5), and in a \
        file (--config). A flag goes before a variable, a variable before the file.\n\n\
        Exit codes: 0 stopped, 1 could not serve, 2 a setting is wrong."
)]
pub(crate) struct Args {
    /// Address and port to listen on, or a Unix socket; may be repeated. Port 0 takes a free one [default: what systemd hands
    /// over, or 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT|unix:PATH", value_delimiter = ',')]
    pub(crate) bind: Vec<String>,

    /// Who serves: threads that never wait, or a thread for each connection
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    pub(crate) mode: Mode,

    /// Threads that serve [default: one for each processor; with --mode threads 128, others wait]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,

    /// Connections let in, served or waiting; others are answered 503 [default: 16384; with --mode threads 1024]
    #[arg(long, value_name = "N")]
    pub(crate) max_connections: Option<NonZeroUsize>,

    /// Longest request body, in bytes; longer ones are answered 413 [default: none]
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_body: Option<u64>,

    /// For the first byte of a request, on a new or a kept connection
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    timeout_idle: Duration,

    /// For a whole request head
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout_head: Duration,

    /// For the next bytes of a body
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    timeout_body: Duration,

    /// For a whole body
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    timeout_body_total: Duration,

    /// For the client to take a piece (64 KB) of the response
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout_reply: Duration,

    /// For requests that have begun when the program is told to stop
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout_stop: Duration,

    /// When told to stop, go on as before for so long while /healthz already says 503, so that balancers send nobody here any
    /// more; 0 for not at all
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = lapse)]
    pub(crate) drain: Duration,

    #[command(flatten)]
    pub(crate) files: Files,

    #[command(flatten)]
    pub(crate) gate: GateArgs,

    #[command(flatten)]
    pub(crate) proxies: ProxyArgs,

    #[command(flatten)]
    pub(crate) watch: WatchArgs,

    /// Read settings from this TOML file: the names of the flags, as in `timeout-idle = 5` or `bind = ["[::1]:80"]`
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(crate) config: Option<PathBuf>,

    /// Look whether the settings are sound, say so, and do not serve
    #[arg(long, help_heading = "Settings")]
    pub(crate) check_config: bool,

    /// Read a password from standard input, and print its hash for --basic-auth
    #[arg(long, help_heading = "Settings")]
    pub(crate) hash_password: bool,

    /// Print the manual page
    #[arg(long, help_heading = "Settings")]
    pub(crate) man: bool,

    /// Print what a shell completes this command line with
    #[arg(long, value_name = "SHELL", help_heading = "Settings")]
    pub(crate) completions: Option<Shell>,
}

/// See [`bantam_std::Mode`].
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Mode {
    /// A few threads, each of which serves many connections in turns
    #[default]
    Loop,
    /// A thread for each connection that is served, for pages that block
    Threads,
    /// As loop, by tokio
    #[cfg(feature = "tokio")]
    Tokio,
}

impl Args {
    pub(crate) fn deadlines(&self) -> Deadlines {
        Deadlines::DEFAULT
            .idle(self.timeout_idle)
            .head(self.timeout_head)
            .body_progress(self.timeout_body)
            .body_total(self.timeout_body_total)
            .response(self.timeout_reply)
    }

    pub(crate) const fn mode(&self) -> bantam_std::Mode {
        match self.mode {
            Mode::Loop => bantam_std::Mode::EventLoop,
            Mode::Threads => bantam_std::Mode::Threads,
            #[cfg(feature = "tokio")]
            Mode::Tokio => bantam_std::Mode::Tokio,
        }
    }

    pub(crate) fn grace(&self) -> Duration {
        self.timeout_stop
    }
}

/// A deadline.
fn seconds(text: &str) -> Result<Duration, String> {
    lapse(text).map(|lapse| if lapse.is_zero() { Duration::MAX } else { lapse })
}

/// Time that is to pass.
fn lapse(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().map(Duration::try_from_secs_f64) {
        Ok(Ok(duration)) => Ok(duration),
        _ => Err("a number of seconds is needed, such as 10 or 0.5".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_default_to_what_the_library_does() {
        let args = Args::parse_from(["bantam"]);
        assert_eq!(args.deadlines(), Deadlines::DEFAULT);
    }

    #[test]
    fn a_time_is_seconds_and_zero_is_without_end_but_for_the_drain() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(lapse("0"), Ok(Duration::ZERO));
        assert_eq!(seconds("0"), Ok(Duration::MAX));
        assert!(seconds("-1").is_err() && seconds("soon").is_err() && seconds("inf").is_err());
    }
}
