//! Attack 9: passwords that are guessed.
//!
//! Invariant: memory stays below the ceiling of operating.md, and a client that has logged in waits at most twice as long.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::client::{connect, exchange, sample_latency_of};
use crate::program::Program;
use crate::report::Report;
use crate::slow::compare;

/// The user `ada` with the password `password`.
const USER: &str = "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
/// A user whose hash costs what one of --hash-password costs.
const GUESSED: &str =
    "bob:$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const AT_ONCE: usize = 64;
/// In KB: 24 MB, 28 KB for each connection and the sampling ones, and the memory of two checks.
const CEILING: u64 = 24 * 1024 + (AT_ONCE as u64 + 8) * 28 + 2 * 19 * 1024;
const BASELINE: Duration = Duration::from_secs(8);
const ATTACK: Duration = Duration::from_secs(20);
/// On a slow machine the attack takes longer.
const LEAST_ROUNDS: usize = 10;

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    for mode in ["loop", "threads"] {
        attack(path, mode, report)?;
    }
    Ok(())
}

fn attack(path: &str, mode: &str, report: &mut Report) -> io::Result<()> {
    let flags = format!("--mode {mode} --trust-proxy 127.0.0.1 --basic-auth {USER} --basic-auth {GUESSED}");
    let (program, control_program) = (Program::start(path, &flags)?, Program::start(path, &flags)?);
    let known = request("ada:password", "");
    for program in [&program, &control_program] {
        // Logs in.
        exchange(&mut connect(program.address)?, &known).map_err(|failure| failure.error)?;
    }
    let before = sample_latency_of(program.address, &known, BASELINE);
    let rounds = AtomicUsize::new(0);
    let (attacked, control, counts) = thread::scope(|scope| {
        let guesses = scope.spawn(|| guess(program.address, &rounds));
        let control = scope.spawn(|| sample_latency_of(control_program.address, &known, ATTACK));
        let attacked = sample_latency_of(program.address, &known, ATTACK);
        (attacked, control.join().unwrap_or_default(), guesses.join().unwrap_or_default())
    });
    let peak = program.process().status("VmHWM")?;
    let rounds = rounds.load(Ordering::Relaxed);
    let attack =
        format!("{AT_ONCE} passwords guessed at once by {AT_ONCE} clients, {rounds} times, --mode {mode}");
    let [wrong, refused, other] = counts;
    let measured = format!("{peak} KB; {wrong} were 401, {refused} 429 or 503, {other} other");
    let ok = peak <= CEILING && other == 0 && wrong > 0 && rounds >= LEAST_ROUNDS;
    report.row(&attack, &format!("at most {CEILING} KB of memory"), &measured, ok);
    let baseline = [before, sample_latency_of(program.address, &known, BASELINE)];
    compare(report, &attack, &baseline, &control, &attacked);
    let idle = program.process().status("VmRSS")?;
    let given_back = CEILING - 2 * 19 * 1024;
    report.row(
        "a few seconds later",
        &format!("at most {given_back} KB"),
        &format!("{idle} KB"),
        idle <= given_back,
    );
    Ok(())
}

/// Guesses until the attack is over. Returns the numbers of 401, of 429 or 503, and of all else.
fn guess(address: SocketAddr, rounds: &AtomicUsize) -> [usize; 3] {
    let (start, mut counts) = (Instant::now(), [0; 3]);
    while start.elapsed() < ATTACK || rounds.load(Ordering::Relaxed) < LEAST_ROUNDS {
        let round = rounds.fetch_add(1, Ordering::Relaxed);
        let statuses = thread::scope(|scope| {
            let one = |client: usize| {
                let request = request(
                    &format!("bob:{round} {client}"),
                    &format!("X-Forwarded-For: 192.0.2.{client}\r\n"),
                );
                let answered = connect(address).map(|mut stream| exchange(&mut stream, &request));
                answered.map_or(0, |answered| answered.map_or(0, |answer| answer.status))
            };
            let all: Vec<_> = (0..AT_ONCE).map(|client| scope.spawn(move || one(client))).collect();
            all.into_iter().map(|one| one.join().unwrap_or_default()).collect::<Vec<_>>()
        });
        for status in statuses {
            counts[match status {
                401 => 0,
                429 | 503 => 1,
                _ => 2,
            }] += 1;
        }
    }
    counts
}

fn request(credentials: &str, fields: &str) -> Vec<u8> {
    let credentials = STANDARD.encode(credentials);
    format!("GET /robots.txt HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {credentials}\r\n{fields}\r\n")
        .into_bytes()
}
