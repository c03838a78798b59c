//! Attack 5: SIGTERM under load.
//!
//! Invariant: every request sent before the signal gets its whole response.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::client::{GET, connect, read_response};
use crate::program::Program;
use crate::report::{Report, s};

const TIMES: usize = 20;
/// The requests on a connection: eight clients keep it for 1,000, four connect for each.
const KEPT: [usize; 12] = [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1, 1, 1, 1];

/// The requests of a client, by result.
#[derive(Debug, Default)]
struct Results {
    answered: usize,
    /// Sent before the signal, without a byte of a response.
    lost: usize,
    /// Responses that are cut off.
    cut: usize,
    /// Sent after the signal, without a byte of a response.
    late: usize,
}

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let (mut all, mut slowest, mut bad_ends) = (Results::default(), Duration::ZERO, 0);
    for round in 0..TIMES {
        let program = Program::start(path, "")?;
        let (address, terminator) = (program.address, program.terminator()?);
        let signal = &OnceLock::new();
        let (results, took, success) = thread::scope(|scope| {
            let clients: Vec<_> =
                KEPT.iter().map(|kept| scope.spawn(move || client(address, *kept, signal))).collect();
            // At another time of the loops in every round.
            thread::sleep(Duration::from_millis(300) + Duration::from_micros(777) * round as u32);
            let now = *signal.get_or_init(Instant::now);
            terminator.send()?;
            let status = program.wait()?;
            let took = now.elapsed();
            let results: Vec<Results> = clients.into_iter().filter_map(|client| client.join().ok()).collect();
            io::Result::Ok((results, took, status.success()))
        })?;
        for client_results in &results {
            all.answered += client_results.answered;
            all.lost += client_results.lost;
            all.cut += client_results.cut;
            all.late += client_results.late;
        }
        slowest = slowest.max(took);
        bad_ends += usize::from(!success || results.len() != KEPT.len());
    }
    let attack =
        format!("SIGTERM {TIMES} times; 8 clients in keep-alive loops, 4 that connect for each request");
    let measured = format!(
        "{} lost, {} cut, of {} answered; {} sent after the signal were not answered",
        all.lost, all.cut, all.answered, all.late
    );
    report.row(
        &attack,
        "0 requests sent before the signal lost, 0 answers cut",
        &measured,
        all.lost + all.cut == 0,
    );
    let measured = format!("at most {}, {bad_ends} other exits", s(slowest));
    report.row(
        "the program then",
        "ends within 10 s with exit code 0",
        &measured,
        bad_ends == 0 && slowest < Duration::from_secs(10),
    );
    Ok(())
}

/// Sends requests until one is not answered.
fn client(address: SocketAddr, kept: usize, signal: &OnceLock<Instant>) -> Results {
    let mut large = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n".to_vec();
    large.resize(large.len() + 50_000, b'x');
    let mut client_results = Results::default();
    'reconnect: loop {
        let Ok(mut stream) = connect(address) else {
            // Before the signal every connection is accepted.
            client_results.lost += usize::from(signal.get().is_none());
            return client_results;
        };
        // Avoids TIME-WAIT, or the ports would run out.
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        for count in 0..kept {
            let request = if count % 4 == 3 { &large } else { GET };
            let sent = stream.write_all(request).is_ok();
            let was_before = sent && signal.get().is_none();
            match read_response(&mut stream) {
                Ok(answer) if answer.status == 200 => {
                    client_results.answered += 1;
                    if answer.closes() {
                        continue 'reconnect;
                    }
                }
                Ok(_) => client_results.cut += 1,
                Err(failure) if failure.received > 0 => client_results.cut += 1,
                Err(_) if was_before => client_results.lost += 1,
                Err(_) => client_results.late += 1,
            }
            if client_results.lost + client_results.cut + client_results.late > 0 {
                return client_results;
            }
        }
    }
}
