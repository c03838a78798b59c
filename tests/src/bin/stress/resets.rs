//! Attack 4: 100,000 reset connections.
//!
//! Invariant: a reset connection leaves no descriptor, no thread and no memory behind.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::client::{GET, connect, exchange};
use crate::process::Process;
use crate::program::Program;
use crate::report::{Report, s};

const CLIENTS: usize = 4;
const RESETS: usize = 100_000;
/// The growth of allocator and stacks that is tolerated, in KB.
const SLACK: u64 = 1024;
const POST: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";

#[derive(Debug, PartialEq, Eq)]
struct State {
    descriptors: usize,
    threads: u64,
    memory: u64,
}

impl State {
    fn of(process: Process) -> io::Result<Self> {
        let (threads, memory) = (process.status("Threads")?, process.status("VmRSS")?);
        Ok(Self { descriptors: process.descriptors()?, threads, memory })
    }
}

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, "")?;
    let (address, process) = (program.address, program.process());
    let idle = process.descriptors()?;
    // Start all threads of the program before the measurement.
    let mut clients = (0..128).map(|_| connect(address)).collect::<io::Result<Vec<_>>>()?;
    for stream in &mut clients {
        exchange(stream, GET).map_err(|failure| failure.error)?;
    }
    drop(clients);
    reset(address, RESETS / 5)?;
    wait_until_closed(process, idle)?;

    let before = State::of(process)?;
    let start = Instant::now();
    let started = reset(address, RESETS)?;
    let took = start.elapsed();
    wait_until_closed(process, idle)?;
    let after = State::of(process)?;

    let grown = after.memory.saturating_sub(before.memory);
    let ok = before.descriptors == after.descriptors && before.threads == after.threads && grown <= SLACK;
    let measured = format!(
        "descriptors {} → {}, threads {} → {}, memory {} → {} KB, in {}",
        before.descriptors,
        after.descriptors,
        before.threads,
        after.threads,
        before.memory,
        after.memory,
        s(took)
    );
    let attack = format!("{RESETS} connections reset in mid-request, {started} of them in mid-response");
    let expected = format!("descriptors and threads as before, at most {SLACK} KB more memory");
    report.row(&attack, &expected, &measured, ok);
    Ok(())
}

/// Waits until the program has closed all connections.
fn wait_until_closed(process: Process, idle: usize) -> io::Result<()> {
    let start = Instant::now();
    while process.descriptors()? > idle && start.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Resets connections; returns for how many a response had begun.
fn reset(address: SocketAddr, count: usize) -> io::Result<usize> {
    thread::scope(|scope| {
        let one =
            move || (0..count / CLIENTS).map(|number| reset_one(address, number)).sum::<io::Result<usize>>();
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
        let failed = |_| io::Error::other("a client has failed");
        clients.into_iter().map(|client| client.join().map_err(failed)?).sum()
    })
}

fn reset_one(address: SocketAddr, number: usize) -> io::Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    // With this option closing sends a reset.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    let body = [b'x'; 1000];
    // A connection that fails here was refused.
    let answered = match number % 4 {
        0 => stream.write_all(b"GET / HTTP/1.1\r\nHos").map(|()| 0),
        1 => stream.write_all(GET).map(|()| 0),
        2 => stream.write_all(POST).and_then(|()| stream.write_all(&body)).map(|()| 0),
        _ => {
            stream.write_all(POST).and_then(|()| stream.write_all(&body)).and_then(|()| stream.read(&mut [0]))
        }
    };
    Ok(answered.unwrap_or(0))
}
