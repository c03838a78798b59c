//! Attack 9: a pipe behind stderr that nothing reads.
//!
//! Invariant: each request is answered in constant memory, each line is written or counted, and SIGTERM ends the program.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::{self, Command};
use std::time::{Duration, Instant};

use crate::client::{GET, connect, exchange};
use crate::program::Program;
use crate::report::{Report, s};

const REQUESTS: usize = 100_000;
/// After so many requests the pipe and the queue are full.
const FULL: usize = 40_000;
/// What memory may differ by meanwhile, in KB.
const MORE: u64 = 512;
/// --timeout-stop.
const STOP: Duration = Duration::from_secs(5);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let fifo = std::env::temp_dir().join(format!("bantam-stress-{}", process::id()));
    let made = Command::new("mkfifo").arg(&fifo).status()?.success();
    // Open for both: a FIFO with this process as its reader, which does not read.
    let reader = File::options().read(true).write(true).open(&fifo)?;
    let metrics = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let redirect = format!("exec 2>{}", fifo.display());
    let flags = format!("--metrics {metrics} --timeout-stop {}", STOP.as_secs());
    let program = Program::start_logging(&redirect, path, &flags);
    std::fs::remove_file(&fifo)?;
    let program = program?;

    let (mut client, mut answered, mut before) = (connect(program.address)?, 0, 0);
    for number in 0..REQUESTS {
        answered += usize::from(exchange(&mut client, GET).is_ok_and(|answer| answer.status == 200));
        if number == FULL {
            before = program.process().status("VmRSS")?;
        }
    }
    let after = program.process().status("VmRSS")?;
    let lost = lost_lines(metrics)?;
    let measured = format!("{answered} answered; {before} KB, then {after} KB; {lost} lines lost");
    let ok = made && answered == REQUESTS && after <= before + MORE && lost > 0;
    let expected = format!("all answered; at most {MORE} KB more; lost lines are counted");
    report.row(&format!("{REQUESTS} requests, nothing reads stderr"), &expected, &measured, ok);

    let (start, terminator) = (Instant::now(), program.terminator()?);
    terminator.send()?;
    let (status, took) = (program.wait()?, start.elapsed());
    let expected = format!("ends within {} s", STOP.as_secs());
    report.row(
        "SIGTERM then",
        &expected,
        &format!("{status} after {}", s(took)),
        status.success() && took < STOP,
    );
    drop(reader);
    Ok(())
}

/// The value of `bantam_log_lines_lost_total` for stderr.
fn lost_lines(metrics: SocketAddr) -> io::Result<u64> {
    let answer = exchange(&mut connect(metrics)?, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = answer.map_err(|failure| failure.error)?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let value =
        text.lines().find_map(|line| line.strip_prefix("bantam_log_lines_lost_total{sink=\"stderr\"} "));
    value.and_then(|value| value.parse().ok()).ok_or_else(|| io::Error::other("no such metric"))
}
