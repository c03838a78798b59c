//! Attack 7: 20,000 idle connections.
//!
//! Invariant: an idle connection costs at most 512 B, delays no other client, and is served when it sends a request.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::time::Duration;

use crate::client::{GET, connect, exchange, sample_latency};
use crate::program::Program;
use crate::report::{Report, ms, percentile};

/// The number of connections, if the limit of descriptors allows it.
const CONNECTIONS: usize = 20_000;
/// The descriptors for everything else.
const OTHER_DESCRIPTORS: usize = 50;
const MEANWHILE: Duration = Duration::from_secs(5);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let count = CONNECTIONS.min(descriptors()?.saturating_sub(OTHER_DESCRIPTORS));
    let program = Program::start(path, "--max-connections 30000 --timeout-idle 600")?;
    // Allocate the buffers of the program before the measurement.
    drop(connect_idle(&program, 100)?);
    let before = program.process().status("VmRSS")?;
    let mut idle = connect_idle(&program, count)?;
    let after = program.process().status("VmRSS")?;
    let times = sample_latency(program.address, MEANWHILE);
    let again = idle.iter_mut().filter_map(|client| exchange(client, GET).ok()).count();

    let each = (after.saturating_sub(before)) * 1024 / count as u64;
    let mut measured = format!("{after} KB of memory, {each} B each; ");
    for (what, times) in [("a new connection", &times.new), ("a kept one", &times.kept)] {
        let (median, most) = (ms(percentile(times, 50)), ms(percentile(times, 99)));
        measured.push_str(&format!("on {what} median {median}, p99 {most}; "));
    }
    measured.push_str(&format!("{} not served, {again} of the idle ones served again", times.failures));
    let ok = each <= 512 && times.failures == 0 && again == count;
    report.row(&format!("{count} idle connections"), "at most 512 B each; all served", &measured, ok);
    Ok(())
}

/// Connections that have had one response.
fn connect_idle(program: &Program, count: usize) -> io::Result<Vec<TcpStream>> {
    let one = |_| {
        let mut client = connect(program.address)?;
        exchange(&mut client, GET).map_err(|failure| failure.error)?;
        Ok(client)
    };
    (0..count).map(one).collect()
}

/// The limit of descriptors of this process, which the program inherits.
fn descriptors() -> io::Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    soft.ok_or_else(|| io::Error::other("/proc/self/limits has no limit of open files"))
}
