//! Law: who is in is counted from outside: whoever was neither answered nor closed half a second after coming is in.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::person::{is_served, until_served};
use crate::program::Program;
use crate::report::{Report, s};

/// Heads that are half sent have longer than the flood takes: whoever is in stays in.
const FLAGS: &str = "--max-connections 200 --timeout-head 60 --timeout-idle 60";
const LIMIT: usize = 200;
const FLOOD: usize = 5 * LIMIT;
/// Of those that are in, so many leave at half-time: others take their places, and no more than that.
const LEAVERS: usize = 50;
const HALF: Duration = Duration::from_secs(4);
/// The server's own patience with somebody who is refused.
const SETTLED: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Guest {
    stream: TcpStream,
    came: Instant,
    heard: Vec<u8>,
}

#[derive(Debug, Default)]
struct Count {
    refused: usize,
    dropped: usize,
    most: usize,
    least: usize,
}

impl Guest {
    fn come(address: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        // It may have been refused already.
        let _ = stream.write_all(b"GET / HT");
        stream.set_nonblocking(true)?;
        Ok(Self { stream, came: Instant::now(), heard: Vec::new() })
    }

    /// Reads what there is. Is it over?
    fn is_over(&mut self) -> bool {
        let mut piece = [0; 1024];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return true,
                Ok(count) => self.heard.extend_from_slice(piece.get(..count).unwrap_or(&[])),
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, FLAGS)?;
    let mut guests = Vec::new();
    let first = flood(program.address, &mut guests)?;
    // The oldest are those that are served; the places of those that wait are free only when a thread has seen them.
    guests.drain(..LEAVERS);
    let second = flood(program.address, &mut guests)?;
    let threads = program.process().status("Threads")?;
    drop(guests);
    let recovery = until_served(program.address);
    let unserved = (0..100).filter(|_| !is_served(program.address)).count();

    let cap = |count: &Count| format!("{} to {}", count.least, count.most);
    let measured = format!("{} in, {} after {LEAVERS} have left", cap(&first), cap(&second));
    let exact = [first.least, first.most, second.least, second.most].iter().all(|count| *count == LIMIT);
    let attack =
        format!("{FLOOD} connections at once, refused ones again and again for 8 s; the limit is {LIMIT}");
    report.row(&attack, &format!("exactly {LIMIT} in, at any time"), &measured, exact);

    let (refused, dropped) = (first.refused + second.refused, first.dropped + second.dropped);
    let measured = format!("{refused} told 503, {dropped} dropped without a word, {threads} threads");
    report.row("the others", "all of them told 503", &measured, refused > 0 && dropped == 0);

    let measured = format!("{}; {unserved} of the next 100 not served", s(recovery));
    let recovered = recovery < Duration::from_secs(1) && unserved == 0;
    report.row("the flood ends", "served again within 1 s", &measured, recovered);
    Ok(())
}

/// Keeps the flood up for half of the time.
fn flood(address: SocketAddr, guests: &mut Vec<Guest>) -> io::Result<Count> {
    let mut count = Count { least: usize::MAX, ..Count::default() };
    let start = Instant::now();
    while start.elapsed() < HALF {
        while guests.len() < FLOOD {
            guests.push(Guest::come(address)?);
        }
        thread::sleep(Duration::from_millis(10));
        guests.retain_mut(|guest| {
            let over = guest.is_over();
            if over && guest.heard.starts_with(b"HTTP/1.1 503 ") {
                count.refused += 1;
            } else if over {
                count.dropped += 1;
            }
            !over
        });
        if start.elapsed() > SETTLED * 2 {
            let inside = guests.iter().filter(|guest| guest.came.elapsed() > SETTLED).count();
            count.most = count.most.max(inside);
            count.least = count.least.min(inside);
        }
    }
    Ok(count)
}
