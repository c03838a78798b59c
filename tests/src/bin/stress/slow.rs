//! Attack 1: slow clients.
//!
//! Invariant: a slow connection is closed at its deadline, and other clients wait at most twice as long.

use std::io;
use std::time::Duration;

use crate::attacker::Kind;
use crate::client::{Times, sample_latency};
use crate::load::{Load, Outcome};
use crate::program::Program;
use crate::report::{Report, ms, percentile, s};

/// Shorter than the defaults (300 s for a body, 30 s for a response), so that the attack is short.
const DEADLINES: &str = "--timeout-body-total 18 --timeout-reply 12";
/// Kind, title, number of attackers, and deadline in seconds.
const KINDS: [(Kind, &str, usize, u64); 4] = [
    (Kind::Head, "slow heads, a byte every second", 2000, 10),
    (Kind::Body, "slow bodies, a byte every second", 1000, 18),
    (Kind::Silence, "bodies that stop", 1000, 15),
    (Kind::Reader, "clients that do not read", 500, 12),
];
/// The time of the baseline, which is measured before and after; the better one counts.
const BASELINE: Duration = Duration::from_secs(10);
const EXPECTED: &str = "at most 2x the baseline, or 2x a program without attackers";
const ATTACK: Duration = Duration::from_secs(20);
/// The tolerance of a deadline.
const SLACK: Duration = Duration::from_secs(1);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, DEADLINES)?;
    // The attackers slow the machine down: a program without attackers measures by how much.
    let control_program = Program::start(path, "")?;
    let before = sample_latency(program.address, BASELINE);

    let mut kinds = Vec::new();
    while kinds.len() < 4500 {
        // A mix at any time: 500 rounds of 4, 2, 2 and 1.
        kinds.extend(KINDS.iter().flat_map(|(kind, _, count, _)| std::iter::repeat_n(*kind, count / 500)));
    }
    let mut load =
        Load { address: program.address, kinds, reconnect_until: Duration::ZERO, end: Duration::ZERO };
    let arrival = load.connect_time() + Duration::from_millis(500);
    load.reconnect_until = arrival + ATTACK;
    load.end = load.reconnect_until + Duration::from_secs(20);
    let load = load.start();
    std::thread::sleep(arrival);
    let (threads, memory) = (program.process().status("Threads")?, program.process().status("VmRSS")?);
    let control = std::thread::spawn(move || sample_latency(control_program.address, ATTACK));
    let attacked = sample_latency(program.address, ATTACK);
    let control = control.join().map_err(|_| io::Error::other("the control has failed"))?;
    let outcome = load.join().map_err(|_| io::Error::other("the load has failed"))??;

    let attack = format!("4,500 slow clients, {threads} threads, {memory} KB of memory");
    let baseline = [before, sample_latency(program.address, BASELINE)];
    compare(report, &attack, &baseline, &control, &attacked);
    for (kind, name, count, deadline) in KINDS {
        check_deadline(report, &format!("{count} {name}"), kind, Duration::from_secs(deadline), &outcome);
    }
    let (left, failed) = (outcome.left, outcome.failed);
    let measured = format!("{left} open, {failed} could not connect; {} in all", outcome.ended.len());
    report.row("all of them for 20 s, with reconnects", "none open", &measured, left + failed == 0);
    Ok(())
}

/// Reports the latency under attack beside that of the baseline, and of a program without attackers.
pub(crate) fn compare(
    report: &mut Report,
    attack: &str,
    baseline: &[Times; 2],
    control: &Times,
    attacked: &Times,
) {
    type Kept = fn(&Times) -> &Vec<Duration>;
    let both: [(&str, Kept); 2] =
        [("a new connection", |times| &times.new), ("a kept one", |times| &times.kept)];
    for (what, times) in both {
        let attacked_times = times(attacked);
        let (mut measured, mut ok) = (String::new(), attacked.failures == 0 && !attacked_times.is_empty());
        for (name, percent) in [("median", 50), ("p99", 99)] {
            let quiet = baseline.each_ref().map(|quiet| percentile(times(quiet), percent));
            let (quiet, slow) = (quiet[0].min(quiet[1]), percentile(attacked_times, percent));
            let control = percentile(times(control), percent);
            let ratio = slow.as_secs_f64() / quiet.as_secs_f64();
            let (shown, beside) = (ms(quiet), ms(control));
            measured.push_str(&format!("{name} {shown} → {} ({ratio:.1}x; control {beside}), ", ms(slow)));
            ok &= slow <= quiet.max(control) * 2;
        }
        measured.push_str(&format!("{} requests, {} failed", attacked_times.len(), attacked.failures));
        let attack = format!("{attack}; latency on {what}");
        report.row(&attack, EXPECTED, &measured, ok);
    }
}

fn check_deadline(report: &mut Report, attack: &str, kind: Kind, deadline: Duration, outcome: &Outcome) {
    let lives = outcome.ended.iter().filter(|(of, _)| *of == kind).map(|(_, life)| *life);
    let (first, last) = (lives.clone().min().unwrap_or_default(), lives.clone().max().unwrap_or_default());
    let late = lives.clone().filter(|life| life.abs_diff(deadline) > SLACK).count();
    let measured = format!("{} closed after {} to {}, {late} outside", lives.count(), s(first), s(last));
    let expected = format!("closed after {} s ± 1 s", deadline.as_secs());
    report.row(attack, &expected, &measured, late == 0 && first > Duration::ZERO);
}
