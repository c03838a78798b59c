//! The logger of the program: env_logger on stderr, with the level at the start of each line.

use std::io::Write as _;

use env_logger::{Builder, Target};
use log::LevelFilter;

/// Installs the logger: level info, warn if `quiet`, debug if `verbose`.
pub(crate) fn init(quiet: bool, verbose: bool) {
    let level = match (quiet, verbose) {
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
        .format(|out, record| writeln!(out, "{}: {}", record.level().as_str().to_lowercase(), record.args()))
        .init();
}
