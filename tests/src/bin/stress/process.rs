//! The resources of a process, from /proc.

use std::fs;
use std::io;
use std::time::Duration;

/// A process, by its id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// The number of open descriptors.
    pub(crate) fn descriptors(self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0))?.count())
    }

    /// A number in /proc/PID/status, such as `Threads`, or `VmRSS` in KB.
    pub(crate) fn status(self, key: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let number = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("/proc has no {key}")))
    }

    /// The processor time so far, user and system: fields 14 and 15 of /proc/PID/stat, in 10 ms.
    pub(crate) fn processor_time(self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name, in brackets, may hold spaces.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }
}
