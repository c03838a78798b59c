//! `Args`: the flags of the command line.
//!
//! Invariant: each limit and deadline of the server is a flag with the default of the library.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use bantam_std::Deadlines;
use clap::{Parser, ValueEnum};
use clap_complete::Shell;

use crate::auth::AuthArgs;
use crate::headers::HeaderArgs;
use crate::limit_args::LimitArgs;
use crate::listeners;
use crate::proxy_args::ProxyArgs;
use crate::sandbox::SandboxArgs;
use crate::site::FileArgs;
use crate::startup::StartupArgs;
use crate::telemetry::TelemetryArgs;
use crate::tls_args::TlsArgs;
use crate::values::{self, FileMode, Size};

/// Serves a directory, or the site it was built with (www/), over HTTP/1.1
/// or HTTPS.
///
/// Prints its URL on stdout and logs each request on stderr. SIGINT (Ctrl-C) or SIGTERM stops it
/// gracefully: requests that have begun are finished. A second signal stops it at once. SIGHUP reopens the access log, and loads
/// the certificates again. SIGUSR1 writes a summary of its numbers to stderr. SIGHUP, SIGUSR1 and SIGUSR2 do not stop it, nor does
/// a terminal that is closed.
#[derive(Debug, Parser)]
#[command(
    name = "bantam",
    version,
    after_help = "Examples:\n  \
        bantam public --listing                   the files of a directory, with listings\n  \
        bantam dist --spa index.html              a single-page application\n  \
        bantam                                    the built-in site, at http://127.0.0.1:8080/\n  \
        bantam --bind 0.0.0.0:80 --bind [::]:80   every address of this machine\n  \
        bantam --bind 127.0.0.1:0 --quiet         a free port, printed on the first line of stdout\n\n\
        Times are in seconds, fractions allowed; 0 means no limit. Each flag can also be set by an environment variable \
        (BANTAM_TIMEOUT_IDLE=5) or in a file (--config). A flag overrides a variable; a variable overrides the file. What may \
        be repeated may also be one list with commas. A switch takes a value: --quiet=no, BANTAM_QUIET=0. An empty variable \
        sets nothing.\n\n\
        Exit codes: 0 stopped, 1 cannot serve, 2 invalid setting."
)]
pub(crate) struct Args {
    /// Address and port, or Unix socket, to listen on. Port 0 takes a free one. [::] takes IPv4, too, unless an IPv4 address
    /// has the same port. May be repeated [default: the sockets that systemd passes, else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT|unix:PATH", value_delimiter = ',', value_parser = values::element)]
    pub(crate) bind: Vec<String>,

    /// Permissions of the Unix sockets of --bind, in octal digits, such as 0660 [default: those that the umask leaves]
    #[arg(long, value_name = "MODE", value_parser = values::file_mode)]
    pub(crate) unix_mode: Option<FileMode>,

    /// Concurrency model: an event loop per CPU, or a thread per connection
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    pub(crate) mode: Mode,

    /// Number of threads that serve [default: one per CPU; with --mode threads 128, which is also the number of connections
    /// served at a time]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,

    /// Maximum number of open connections; at the limit an idle one is closed for a new one, which else is answered 503 [default: 16384; with --mode threads 1024]
    #[arg(long, value_name = "N")]
    pub(crate) max_connections: Option<NonZeroUsize>,

    /// Maximum length of a request head; longer ones are answered 431, or 414 if the request line does not end. 512 bytes to
    /// 64k [default: 8176]
    #[arg(long, value_name = "SIZE", value_parser = values::head_size)]
    pub(crate) max_head: Option<Size>,

    /// Maximum length of a request body, in bytes or such as 64k, 16m or 1g; longer ones are answered 413 [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub(crate) max_body: Option<Size>,

    /// Time until the first byte of a request, on a new or a kept connection
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = values::timeout)]
    timeout_idle: Duration,

    /// Time for a whole request head
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::timeout)]
    timeout_head: Duration,

    /// Time until the next bytes of a request body
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = values::timeout)]
    timeout_body: Duration,

    /// Time for a whole request body
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = values::timeout)]
    timeout_body_total: Duration,

    /// Time for the client to accept the next piece of a response, of up to 64 KB
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = values::timeout)]
    timeout_reply: Duration,

    /// Time to finish the requests that have begun when the program is stopped
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::timeout)]
    pub(crate) timeout_stop: Duration,

    /// Time to go on serving after a stop signal, while /healthz is already 503, so that load balancers notice; 0 means none
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = values::duration)]
    pub(crate) drain: Duration,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) tls: TlsArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,

    #[command(flatten)]
    pub(crate) headers: HeaderArgs,

    #[command(flatten)]
    pub(crate) auth: AuthArgs,

    #[command(flatten)]
    pub(crate) proxies: ProxyArgs,

    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,

    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,

    #[command(flatten)]
    pub(crate) startup: StartupArgs,

    /// Read settings from this TOML file; BANTAM_CONFIG names it, too. Keys are the names of flags: `timeout-idle = 5`, `bind = ["[::1]:80"]`. A
    /// table `[[headers]]` sets response fields by path: `for = "/assets/**"`, `fields = { Cache-Control = "max-age=3600" }`; * is a part
    /// of a name, and ** between slashes any number of folders
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(crate) config: Option<PathBuf>,

    /// Do what a start does before it serves, say what it would say, and exit: addresses are bound and closed, no file is made
    #[arg(long, help_heading = "Settings")]
    pub(crate) check_config: bool,

    /// Read a password from stdin, print its hash for --basic-auth, and exit
    #[arg(long, help_heading = "Settings")]
    pub(crate) hash_password: bool,

    /// Print the manual page (roff) and exit
    #[arg(long, help_heading = "Settings")]
    pub(crate) man: bool,

    /// Print the completion script of a shell and exit
    #[arg(long, value_name = "SHELL", help_heading = "Settings")]
    pub(crate) completions: Option<Shell>,
}

/// A value of --mode: see [`bantam_std::Mode`].
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Mode {
    /// An event loop per CPU, each with many connections
    #[default]
    Loop,
    /// A thread per connection, from a pool of --workers, for pages that block
    Threads,
    /// An event loop per CPU, on tokio
    #[cfg(feature = "tokio")]
    Tokio,
}

impl Args {
    /// Finds settings that have no effect, or that contradict each other.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let has_unix = self.bind.iter().any(|address| listeners::unix_path(address).is_some());
        if self.unix_mode.is_some() && !has_unix {
            return Err("--unix-mode: no --bind is a Unix socket (unix:PATH)".into());
        }
        self.files.redirects()?;
        self.files.validate()?;
        self.headers.validate()
    }

    /// Finds settings that contradict each other on every machine. No start mends them: exit code 2.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn check_together(&self) -> Result<(), String> {
        listeners::check_distinct(&self.bind)?;
        self.auth.check(&self.cache_controls())?;
        self.files.check()?;
        self.tls.check(self.telemetry.metrics_tls)
    }

    /// The values of `Cache-Control`, each with what sets it.
    fn cache_controls(&self) -> Vec<(&'static str, &str)> {
        let of_files = self.files.cache_control().map(|value| ("--cache-control", value));
        let of_headers = self.headers.values("Cache-Control").map(|value| ("--header Cache-Control:", value));
        of_files.into_iter().chain(of_headers).collect()
    }

    pub(crate) fn deadlines(&self) -> Deadlines {
        Deadlines::DEFAULT
            .idle(self.timeout_idle)
            .head(self.timeout_head)
            .body_progress(self.timeout_body)
            .body_total(self.timeout_body_total)
            .response(self.timeout_reply)
    }

    /// The value of --mode.
    pub(crate) const fn mode_name(&self) -> &'static str {
        match self.mode {
            Mode::Loop => "loop",
            Mode::Threads => "threads",
            #[cfg(feature = "tokio")]
            Mode::Tokio => "tokio",
        }
    }

    pub(crate) const fn mode(&self) -> bantam_std::Mode {
        match self.mode {
            Mode::Loop => bantam_std::Mode::EventLoop,
            Mode::Threads => bantam_std::Mode::Threads,
            #[cfg(feature = "tokio")]
            Mode::Tokio => bantam_std::Mode::Tokio,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_library() {
        assert_eq!(Args::parse_from(["bantam"]).deadlines(), Deadlines::DEFAULT);
    }
}
