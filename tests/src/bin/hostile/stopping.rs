//! Law: what had been asked before the signal is answered whole; what is asked later may find the door shut.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::person::{GET, answer, connect};
use crate::program::Program;
use crate::report::{Report, s};

const TIMES: usize = 20;
/// Eight who keep their connection for a thousand requests, four who come anew for each.
const KEPT: [usize; 12] = [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1, 1, 1, 1];

/// What happened to the requests of a client.
#[derive(Debug, Default)]
struct Fate {
    answered: usize,
    /// Sent before the signal, and no byte of an answer.
    lost: usize,
    /// An answer that began and did not end.
    cut: usize,
    /// Sent after the signal, and no byte of an answer.
    late: usize,
}

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let (mut all, mut slowest, mut bad_ends) = (Fate::default(), Duration::ZERO, 0);
    for round in 0..TIMES {
        let program = Program::start(path, "")?;
        let (address, terminator) = (program.address, program.terminator()?);
        let signal = &OnceLock::new();
        let (fates, took, success) = thread::scope(|scope| {
            let clients: Vec<_> =
                KEPT.iter().map(|kept| scope.spawn(move || client(address, *kept, signal))).collect();
            // Not at the same moment of the loops each time.
            thread::sleep(Duration::from_millis(300) + Duration::from_micros(777) * round as u32);
            let now = *signal.get_or_init(Instant::now);
            terminator.send()?;
            let status = program.end()?;
            let took = now.elapsed();
            let fates: Vec<Fate> = clients.into_iter().filter_map(|client| client.join().ok()).collect();
            io::Result::Ok((fates, took, status.success()))
        })?;
        for fate in &fates {
            all.answered += fate.answered;
            all.lost += fate.lost;
            all.cut += fate.cut;
            all.late += fate.late;
        }
        slowest = slowest.max(took);
        bad_ends += usize::from(!success || fates.len() != KEPT.len());
    }
    let attack = format!("SIGTERM {TIMES} times; 8 clients in keep-alive loops, 4 who come anew each time");
    let measured = format!(
        "{} lost, {} cut, of {} answered; {} sent after the signal found nobody",
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

/// Asks until nobody answers.
fn client(address: SocketAddr, kept: usize, signal: &OnceLock<Instant>) -> Fate {
    let mut large = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n".to_vec();
    large.resize(large.len() + 50_000, b'x');
    let mut fate = Fate::default();
    'anew: loop {
        let Ok(mut stream) = connect(address) else {
            // Before the signal nobody is turned away.
            fate.lost += usize::from(signal.get().is_none());
            return fate;
        };
        // Ports in TIME-WAIT would run out.
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        for count in 0..kept {
            let request = if count % 4 == 3 { &large } else { GET };
            let sent = stream.write_all(request).is_ok();
            let was_before = sent && signal.get().is_none();
            match answer(&mut stream) {
                Ok(answer) if answer.status == 200 => {
                    fate.answered += 1;
                    if answer.closes() {
                        continue 'anew;
                    }
                }
                Ok(_) => fate.cut += 1,
                Err(failure) if failure.heard > 0 => fate.cut += 1,
                Err(_) if was_before => fate.lost += 1,
                Err(_) => fate.late += 1,
            }
            if fate.lost + fate.cut + fate.late > 0 {
                return fate;
            }
        }
    }
}
