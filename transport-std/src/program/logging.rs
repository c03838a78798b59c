//! Law: the access log is its bare lines; everything else says how serious it is.

use std::io::Write as _;

use env_logger::{Builder, Target};
use log::LevelFilter;

/// Logs to stderr: requests and warnings, unless told to say less or more.
pub(crate) fn start(quiet: bool, verbose: bool) {
    let level = match (quiet, verbose) {
        (true, _) => LevelFilter::Warn,
        (false, false) => LevelFilter::Info,
        (false, true) => LevelFilter::Debug,
    };
    Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("bantam", level)
        .filter_module("access", level)
        .target(Target::Stderr)
        .format(|out, record| match record.target() {
            "access" => writeln!(out, "{}", record.args()),
            _ => writeln!(out, "{}: {}", record.level().as_str().to_lowercase(), record.args()),
        })
        .init();
}
