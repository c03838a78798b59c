//! Attack 3: more connections than descriptors.
//!
//! Invariant: the program waits for a descriptor without spinning, and recovers.

use std::io::{self, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::client::{connect, until_served};
use crate::program::Program;
use crate::report::{Report, s};

const DESCRIPTORS: usize = 40;
const FLAGS: &str = "--timeout-head 60 --timeout-idle 60";
const WHILE: Duration = Duration::from_secs(5);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let mut program = Program::start_under(&format!("ulimit -n {DESCRIPTORS}"), path, FLAGS)?;
    let mut open: Vec<TcpStream> = Vec::new();
    for _ in 0..3 * DESCRIPTORS {
        let mut stream = connect(program.address)?;
        stream.write_all(b"GET / HT")?;
        open.push(stream);
    }
    thread::sleep(Duration::from_millis(500));

    let before = program.process().processor_time()?;
    let mut most = 0;
    for _ in 0..10 {
        // A new connection that cannot be accepted must not make the loop spin.
        open.push(connect(program.address)?);
        most = most.max(program.process().descriptors()?);
        thread::sleep(WHILE / 10);
    }
    let spent = program.process().processor_time()?.saturating_sub(before);
    let percent = 100.0 * spent.as_secs_f64() / WHILE.as_secs_f64();

    let count = open.len();
    drop(open);
    let recovery = until_served(program.address);
    let attack = format!("{count} connections, `ulimit -n {DESCRIPTORS}`, for 5 s");
    let measured = format!("{percent:.1} % of a processor, {most} descriptors");
    report.row(
        &attack,
        "all descriptors taken, less than 5 %",
        &measured,
        percent < 5.0 && most >= DESCRIPTORS,
    );
    let runs = program.is_running()?;
    let measured = format!("{}, the process {}", s(recovery), if runs { "the same" } else { "has ended" });
    let recovered = runs && recovery < Duration::from_secs(1);
    report.row("they close", "served again within 1 s, without a restart", &measured, recovered);
    Ok(())
}
