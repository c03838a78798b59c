//! Law: every limit and deadline of the server is a flag with the library's own default.

use std::num::NonZeroUsize;
use std::time::Duration;

use bantam_std::Deadlines;
use clap::Parser;

use crate::files::Files;

/// Serves a folder (--root), or the site it was built with (www/), over HTTP/1.1.
///
/// Prints its URL and logs every request on stderr in Common Log Format. SIGINT (Ctrl-C) and SIGTERM stop it gracefully:
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
        Times are seconds; 0 is without end. Exit codes: 0 stopped, 1 could not serve, 2 a flag is wrong."
)]
pub(crate) struct Args {
    /// Address and port to listen on; may be repeated. Port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) bind: Vec<String>,

    /// Connections served at the same time, each on a thread of its own; others wait
    #[arg(long, value_name = "N", default_value = "128")]
    pub(crate) workers: NonZeroUsize,

    /// Connections let in, served or waiting; others are answered 503
    #[arg(long, value_name = "N", default_value = "1024")]
    pub(crate) max_connections: NonZeroUsize,

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

    #[command(flatten)]
    pub(crate) files: Files,

    /// No log but warnings and errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Log also why connections end
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

impl Args {
    pub(crate) fn deadlines(&self) -> Deadlines {
        Deadlines {
            idle: self.timeout_idle,
            head: self.timeout_head,
            body_progress: self.timeout_body,
            body_total: self.timeout_body_total,
            reply: self.timeout_reply,
            ..Deadlines::DEFAULT
        }
    }

    pub(crate) fn grace(&self) -> Duration {
        self.timeout_stop
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().map(Duration::try_from_secs_f64) {
        Ok(Ok(Duration::ZERO)) => Ok(Duration::MAX),
        Ok(Ok(duration)) => Ok(duration),
        _ => Err("a number of seconds is needed, such as 10 or 0.5".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_flags_default_to_what_the_library_does() {
        let args = Args::parse_from(["bantam"]);
        assert_eq!(args.deadlines(), Deadlines::DEFAULT);
    }

    #[test]
    fn a_time_is_seconds_and_zero_is_without_end() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("0"), Ok(Duration::MAX));
        assert!(seconds("-1").is_err() && seconds("soon").is_err() && seconds("inf").is_err());
    }
}
