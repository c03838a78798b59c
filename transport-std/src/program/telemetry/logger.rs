//! Law: whatever is said on stderr beside the access log says how serious it is.

use std::io::Write as _;

use env_logger::{Builder, Target};
use log::LevelFilter;

/// Logs to stderr what is worth knowing, unless told to say less or more.
pub(crate) fn start(quiet: bool, verbose: bool) {
    let level = match (quiet, verbose) {
        (true, _) => LevelFilter::Warn,
        (false, false) => LevelFilter::Info,
        (false, true) => LevelFilter::Debug,
    };
    Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("bantam", level)
        // The journal's own affair.
        .filter_module("access", LevelFilter::Off)
        .target(Target::Stderr)
        .format(|out, record| writeln!(out, "{}: {}", record.level().as_str().to_lowercase(), record.args()))
        .init();
}
