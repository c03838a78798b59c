//! The metrics of the process itself, by the names that Prometheus gives them, from /proc.
//!
//! Invariant: a value that the system does not tell is absent; nothing is read but for a scrape, and for a viewer of `/live` or `/-/status`.

use std::fmt::Write as _;
use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

/// The field of /proc/self/stat with the pages that are in memory.
const RESIDENT: usize = 24;

/// Appends the metrics in text format 0.0.4.
pub(super) fn append(text: &mut String) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let field = |number| field(&stat, number);
    let seconds = |ticks: u64| ticks as f64 / clock_ticks_per_second() as f64;
    let bytes = |pages: u64| (pages * page_size() as u64) as f64;
    let count = |number: u64| number as f64;

    let cpu = field(14).zip(field(15)).map(|(user, system)| seconds(user + system));
    let started = boot_time().zip(field(22)).map(|(boot, ticks)| count(boot) + seconds(ticks));
    // The descriptor of the directory itself is open, too.
    let open = fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count().saturating_sub(1) as f64);
    for (name, kind, help, value) in [
        ("cpu_seconds_total", "counter", "User and system time of all threads in seconds.", cpu),
        ("open_fds", "gauge", "Open descriptors.", open),
        (
            "max_fds",
            "gauge",
            "The limit of open descriptors.",
            getrlimit(Resource::Nofile).current.map(count),
        ),
        ("virtual_memory_bytes", "gauge", "Size of the address space in bytes.", field(23).map(count)),
        ("resident_memory_bytes", "gauge", "Memory in use in bytes.", field(RESIDENT).map(bytes)),
        ("start_time_seconds", "gauge", "Time of the start in seconds since 1970.", started),
        ("threads", "gauge", "Threads.", field(20).map(count)),
    ] {
        if let Some(value) = value {
            // Writing to memory does not fail.
            let _ = write!(
                text,
                "# HELP process_{name} {help}\n# TYPE process_{name} {kind}\nprocess_{name} {value}\n"
            );
        }
    }
}

/// The memory in use, in KB; 0 if the system does not tell it.
pub(crate) fn resident_kb() -> u32 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let pages = field(&stat, RESIDENT).unwrap_or(0);
    u32::try_from(pages * (page_size() / 1024) as u64).unwrap_or(u32::MAX)
}

/// The field of this number in /proc/self/stat, as proc(5) counts them from 1: the third or a later one.
fn field(stat: &str, number: usize) -> Option<u64> {
    // The name, in brackets, may hold spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

/// When the system was started, in seconds since 1970.
fn boot_time() -> Option<u64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}
