//! Attack 9: clients that go on sending after their answer.
//!
//! Invariant: a bounded number of connections lingers, for a bounded time, and others are served meanwhile.

use std::io::{self, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{connect, is_served};
use crate::program::Program;
use crate::report::{Report, s};

const CLIENTS: usize = 3000;
/// How many connections linger at once.
const MAX_LINGERING: usize = 1024;
/// How many clients connect between two measurements: the program may not have read what the last of them have sent.
const BURST: usize = 100;
/// Descriptors of the requests that are measured, and of connections whose socket is about to be closed.
const SLACK: usize = 16;
/// The deadline of a client that sends too slowly, and the tolerance.
const DEADLINE: Duration = Duration::from_secs(4);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, "")?;
    let (address, process) = (program.address, program.process());
    let idle = process.descriptors()?;
    let mut clients: Vec<TcpStream> = Vec::with_capacity(CLIENTS);
    let (mut most, mut unserved) = (0, 0);
    for count in 1..=CLIENTS {
        let mut client = connect(address)?;
        client.write_all(b"nonsense\r\n")?;
        clients.push(client);
        if count.is_multiple_of(BURST) {
            clients.iter_mut().for_each(send_byte);
            unserved += usize::from(!is_served(address));
            most = most.max(process.descriptors()?.saturating_sub(idle));
        }
    }
    let start = Instant::now();
    while process.descriptors()? > idle && start.elapsed() < 2 * DEADLINE {
        clients.iter_mut().for_each(send_byte);
        unserved += usize::from(!is_served(address));
        thread::sleep(Duration::from_millis(100));
    }
    let took = start.elapsed();
    let left = process.descriptors()?.saturating_sub(idle);

    let attack = format!("{CLIENTS} clients that are refused and go on, a few bytes a second");
    let expected = format!("{MAX_LINGERING} and the last {BURST} at most, and every other client is served");
    let measured = format!("at most {most} connections, {unserved} others not served");
    report.row(&attack, &expected, &measured, most <= MAX_LINGERING + BURST + SLACK && unserved == 0);
    let measured = format!("{left} open after {}", s(took));
    report.row("the last of them", "closed within 4 s", &measured, left == 0 && took < DEADLINE);
    Ok(())
}

fn send_byte(client: &mut TcpStream) {
    // Fails where the program has closed the connection.
    let _ = client.write(b"x");
}
