//! Attack 6: a limit of address space.
//!
//! Invariant: a limit computed from the number of connections is enough while all of them are active.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{connect, exchange, is_served};
use crate::program::Program;
use crate::report::Report;

const CONNECTIONS: u64 = 256;
/// The memory of a connection in KB: its two buffers, 24, and its future.
const CONNECTION: u64 = 28;
/// All other memory in KB: the program, its libraries, two workers and three other threads with their stacks.
const REST: u64 = 24 * 1024;
/// One client for each connection.
const CLIENTS: usize = CONNECTIONS as usize;
const LOAD: Duration = Duration::from_secs(10);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let ceiling = CONNECTIONS * CONNECTION + REST;
    // By default glibc reserves 64 MB for each heap, and has up to eight heaps for each processor.
    let limit = format!("export MALLOC_ARENA_MAX=1; ulimit -v {ceiling}");
    let mut program =
        Program::start_under(&limit, path, &format!("--workers 2 --max-connections {CONNECTIONS}"))?;
    let address = program.address;
    let (answered, failed) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| load(address))).collect();
        clients
            .into_iter()
            .filter_map(|client| client.join().ok())
            .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    });
    let served = is_served(address);
    let ok = failed == 0 && served;
    let mut measured = format!("{answered} answered, {failed} failed");
    if program.is_running()? {
        let process = program.process();
        measured.push_str(&format!("; {} KB of address space", process.status("VmPeak")?));
        measured.push_str(&format!(", {} KB of memory", process.status("VmHWM")?));
    } else {
        measured.push_str("; the program has ended");
    }
    let attack = format!("`ulimit -v {ceiling}`, {CLIENTS} clients that echo 50 KB");
    report.row(&attack, "all answered", &measured, ok);
    Ok(())
}

/// Returns the numbers of answered and of failed requests of one client.
fn load(address: SocketAddr) -> (usize, usize) {
    let mut request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n".to_vec();
    request.resize(request.len() + 50_000, b'x');
    let (start, mut answered, mut failed) = (Instant::now(), 0, 0);
    while start.elapsed() < LOAD {
        let Ok(mut stream) = connect(address) else {
            failed += 1;
            continue;
        };
        loop {
            match exchange(&mut stream, &request) {
                Ok(answer) if answer.status == 200 => {
                    answered += 1;
                    if answer.closes() || start.elapsed() >= LOAD {
                        break;
                    }
                }
                _ => {
                    failed += 1;
                    break;
                }
            }
        }
    }
    (answered, failed)
}
