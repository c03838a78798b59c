//! Law: what a process costs is what the kernel says in /proc, not what the process says.

use std::fs;
use std::io;
use std::time::Duration;

/// A process, by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Open descriptors.
    pub(crate) fn descriptors(self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0))?.count())
    }

    /// A number of /proc/PID/status, such as `Threads`, or `VmRSS` in KB.
    pub(crate) fn status(self, key: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let number = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("/proc has no {key}")))
    }

    /// The processor's time so far, in user and kernel: fields 14 and 15 of /proc/PID/stat, a hundredth of a second each.
    pub(crate) fn processor_time(self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name, in brackets, may hold spaces.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }
}
