//! Law: those who are slow on purpose are let go at their deadline and cost the others nothing that they would notice.

use std::io;
use std::time::Duration;

use crate::crowd::{Crowd, Outcome};
use crate::offender::Kind;
use crate::person::{Times, pace};
use crate::program::Program;
use crate::report::{Report, ms, percentile, s};

/// A body that goes on has 300 s, and a reader 30 s: here both have less, so that the test is short.
const DEADLINES: &str = "--timeout-body-total 18 --timeout-reply 12";
/// How many of each kind there are, and how long they are waited for.
const KINDS: [(Kind, &str, usize, u64); 4] = [
    (Kind::Head, "slow heads, a byte every second", 2000, 10),
    (Kind::Body, "slow bodies, a byte every second", 1000, 18),
    (Kind::Silence, "bodies that stop", 1000, 15),
    (Kind::Reader, "readers who do not read", 500, 12),
];
/// Quiet is measured before and after, and the better one counts: a hitch of this machine must not excuse the attack's.
const QUIET: Duration = Duration::from_secs(10);
const EXPECTED: &str = "at most 2x as long as in quiet, or as at a program beside it that nobody attacks";
const ATTACK: Duration = Duration::from_secs(20);
/// What a deadline may be off by.
const SLACK: Duration = Duration::from_secs(1);

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, DEADLINES)?;
    // The attackers' own work slows this machine down: what that costs shows at a program that nobody attacks.
    let beside = Program::start(path, "")?;
    let before = pace(program.address, QUIET);

    let mut kinds = Vec::new();
    while kinds.len() < 4500 {
        // All kinds at any time: 500 rounds of 4, 2, 2 and 1.
        kinds.extend(KINDS.iter().flat_map(|(kind, _, count, _)| std::iter::repeat_n(*kind, count / 500)));
    }
    let mut crowd = Crowd { address: program.address, kinds, again: Duration::ZERO, end: Duration::ZERO };
    let arrival = crowd.arrival() + Duration::from_millis(500);
    crowd.again = arrival + ATTACK;
    crowd.end = crowd.again + Duration::from_secs(20);
    let crowd = crowd.start();
    std::thread::sleep(arrival);
    let (threads, memory) = (program.process().status("Threads")?, program.process().status("VmRSS")?);
    let control = std::thread::spawn(move || pace(beside.address, ATTACK));
    let meanwhile = pace(program.address, ATTACK);
    let control = control.join().map_err(|_| io::Error::other("the control has failed"))?;
    let outcome = crowd.join().map_err(|_| io::Error::other("the crowd has failed"))??;

    let attack = format!("4,500 slow clients, {threads} threads, {memory} KB of memory");
    let quiet = [before, pace(program.address, QUIET)];
    compare(report, &attack, &quiet, &control, &meanwhile);
    for (kind, name, count, deadline) in KINDS {
        lives(report, &format!("{count} {name}"), kind, Duration::from_secs(deadline), &outcome);
    }
    let (left, failed) = (outcome.left, outcome.failed);
    let measured = format!("{left} left, {failed} could not connect; {} in all", outcome.ended.len());
    report.row("all of them, for 20 s, who come again", "none left", &measured, left + failed == 0);
    Ok(())
}

fn compare(report: &mut Report, attack: &str, quiet: &[Times; 2], control: &Times, meanwhile: &Times) {
    type Kept = fn(&Times) -> &Vec<Duration>;
    let both: [(&str, Kept); 2] =
        [("a new connection", |times| &times.new), ("a kept one", |times| &times.kept)];
    for (what, times) in both {
        let loud = times(meanwhile);
        let (mut measured, mut ok) = (String::new(), meanwhile.failures == 0 && !loud.is_empty());
        for (name, percent) in [("median", 50), ("p99", 99)] {
            let quiet = quiet.each_ref().map(|quiet| percentile(times(quiet), percent));
            let (quiet, loud) = (quiet[0].min(quiet[1]), percentile(loud, percent));
            let control = percentile(times(control), percent);
            let ratio = loud.as_secs_f64() / quiet.as_secs_f64();
            let (shown, beside) = (ms(quiet), ms(control));
            measured.push_str(&format!("{name} {shown} → {} ({ratio:.1}x; beside {beside}), ", ms(loud)));
            ok &= loud <= quiet.max(control) * 2;
        }
        measured.push_str(&format!("{} asked, {} not served", loud.len(), meanwhile.failures));
        let attack = format!("{attack}; somebody asks on {what}");
        report.row(&attack, EXPECTED, &measured, ok);
    }
}

fn lives(report: &mut Report, attack: &str, kind: Kind, deadline: Duration, outcome: &Outcome) {
    let lives = outcome.ended.iter().filter(|(of, _)| *of == kind).map(|(_, life)| *life);
    let (first, last) = (lives.clone().min().unwrap_or_default(), lives.clone().max().unwrap_or_default());
    let late = lives.clone().filter(|life| life.abs_diff(deadline) > SLACK).count();
    let measured = format!("{} gone after {} to {}, {late} outside", lives.count(), s(first), s(last));
    let expected = format!("gone after {} s ± 1 s", deadline.as_secs());
    report.row(attack, &expected, &measured, late == 0 && first > Duration::ZERO);
}
