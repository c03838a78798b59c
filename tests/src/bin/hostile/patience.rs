//! Law: a connection that asks for nothing costs next to nothing, takes nothing from those who ask, and is served when it asks
//! again.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::time::Duration;

use crate::person::{GET, ask, connect, pace};
use crate::program::Program;
use crate::report::{Report, ms, percentile};

/// How many there are, where a process may have so many descriptors.
const CROWD: usize = 20_000;
/// What the program, and those who ask meanwhile, need besides.
const OTHERS: usize = 50;
const MEANWHILE: Duration = Duration::from_secs(5);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let count = CROWD.min(descriptors()?.saturating_sub(OTHERS));
    let program = Program::start(path, "--max-connections 30000 --timeout-idle 600")?;
    // It has had everybody's buffers once.
    drop(crowd(&program, 100)?);
    let before = program.process().status("VmRSS")?;
    let mut crowd = crowd(&program, count)?;
    let after = program.process().status("VmRSS")?;
    let times = pace(program.address, MEANWHILE);
    let again = crowd.iter_mut().filter_map(|client| ask(client, GET).ok()).count();

    let each = (after.saturating_sub(before)) * 1024 / count as u64;
    let mut measured = format!("{after} KB of memory, {each} B each; ");
    for (what, times) in [("a new connection", &times.new), ("a kept one", &times.kept)] {
        let (median, most) = (ms(percentile(times, 50)), ms(percentile(times, 99)));
        measured.push_str(&format!("on {what} median {median}, p99 {most}; "));
    }
    measured.push_str(&format!("{} not served, {again} of the crowd served again", times.failures));
    let ok = each <= 512 && times.failures == 0 && again == count;
    report.row(&format!("{count} idle connections"), "at most 512 B each; everybody served", &measured, ok);
    Ok(())
}

/// So many who have been answered once.
fn crowd(program: &Program, count: usize) -> io::Result<Vec<TcpStream>> {
    let one = |_| {
        let mut client = connect(program.address)?;
        ask(&mut client, GET).map_err(|failure| failure.error)?;
        Ok(client)
    };
    (0..count).map(one).collect()
}

/// How many descriptors this process, and so the program, may have.
fn descriptors() -> io::Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    soft.ok_or_else(|| io::Error::other("/proc does not say how many descriptors there may be"))
}
