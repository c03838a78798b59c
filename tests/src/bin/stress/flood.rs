//! Attack 2: five times as many connections as the limit.
//!
//! Invariant: the number of open connections is the limit; all others get 503.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{is_served, until_served};
use crate::program::Program;
use crate::report::{Report, s};

/// The deadline of a head is longer than the flood, so that an accepted connection stays open.
const FLAGS: &str = "--max-connections 200 --timeout-head 60 --timeout-idle 60";
const LIMIT: usize = 200;
const FLOOD: usize = 5 * LIMIT;
/// This many of the accepted connections close at half time; as many others are accepted then.
const CLOSED_AT_HALF: usize = 50;
const HALF: Duration = Duration::from_secs(4);
/// A rejected connection gets its 503, and our end, sooner: one that is open for longer is accepted.
const REJECTION: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct FloodClient {
    stream: TcpStream,
    connected: Instant,
    received: Vec<u8>,
}

#[derive(Debug, Default)]
struct Count {
    refused: usize,
    dropped: usize,
    most: usize,
    least: usize,
}

impl FloodClient {
    fn connect(address: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        // The server may have refused it already.
        let _ = stream.write_all(b"GET / HT");
        stream.set_nonblocking(true)?;
        Ok(Self { stream, connected: Instant::now(), received: Vec::new() })
    }

    /// Reads all bytes. Returns true if the server has closed.
    fn is_closed(&mut self) -> bool {
        let mut piece = [0; 1024];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return true,
                Ok(count) => self.received.extend_from_slice(piece.get(..count).unwrap_or(&[])),
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, FLAGS)?;
    let mut clients = Vec::new();
    let first = flood(program.address, &mut clients)?;
    // The oldest are served; a waiting one counts until a thread has found it closed.
    clients.drain(..CLOSED_AT_HALF);
    let second = flood(program.address, &mut clients)?;
    let threads = program.process().status("Threads")?;
    drop(clients);
    let recovery = until_served(program.address);
    let unserved = (0..100).filter(|_| !is_served(program.address)).count();

    let cap = |count: &Count| format!("{} to {}", count.least, count.most);
    let measured = format!("{} open, {} after {CLOSED_AT_HALF} were closed", cap(&first), cap(&second));
    let exact = [first.least, first.most, second.least, second.most].iter().all(|count| *count == LIMIT);
    let attack = format!("{FLOOD} connections at once, refused ones reconnect for 8 s; the limit is {LIMIT}");
    report.row(&attack, &format!("exactly {LIMIT} open at any time"), &measured, exact);

    let (refused, dropped) = (first.refused + second.refused, first.dropped + second.dropped);
    let measured = format!("{refused} got 503, {dropped} closed without a response, {threads} threads");
    report.row("the others", "all of them get 503", &measured, refused > 0 && dropped == 0);

    let measured = format!("{}; {unserved} of the next 100 not served", s(recovery));
    let recovered = recovery < Duration::from_secs(1) && unserved == 0;
    report.row("the flood ends", "served again within 1 s", &measured, recovered);
    Ok(())
}

/// Floods for half of the time.
fn flood(address: SocketAddr, clients: &mut Vec<FloodClient>) -> io::Result<Count> {
    let mut count = Count { least: usize::MAX, ..Count::default() };
    let start = Instant::now();
    while start.elapsed() < HALF {
        while clients.len() < FLOOD {
            clients.push(FloodClient::connect(address)?);
        }
        thread::sleep(Duration::from_millis(10));
        clients.retain_mut(|client| {
            let closed = client.is_closed();
            if closed && client.received.starts_with(b"HTTP/1.1 503 ") {
                count.refused += 1;
            } else if closed {
                count.dropped += 1;
            }
            !closed
        });
        if start.elapsed() > REJECTION * 2 {
            let open = clients.iter().filter(|client| client.connected.elapsed() > REJECTION).count();
            count.most = count.most.max(open);
            count.least = count.least.min(open);
        }
    }
    Ok(count)
}
