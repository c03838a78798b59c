//! Runs attacks against the program `bantam`, and prints a table of expected and measured results: see `tests/stress`.

#![forbid(unsafe_code)]

mod attacker;
mod client;
mod descriptors;
mod flood;
mod guesses;
mod idle;
mod lingering;
mod load;
mod memory;
mod process;
mod program;
mod report;
mod resets;
mod slow;
mod stopping;
mod unread;
mod volume;

use std::io;
use std::process::ExitCode;

use report::Report;

type Attack = fn(&str, &mut Report) -> io::Result<()>;

/// The attacks, in the order of their numbers, from 1.
const ATTACKS: [(&str, Attack); 11] = [
    ("slow clients", slow::run),
    ("a flood of connections", flood::run),
    ("no descriptors left", descriptors::run),
    ("resets in mid-request", resets::run),
    ("SIGTERM under load", stopping::run),
    ("a ceiling of memory", memory::run),
    ("20,000 connections", idle::run),
    ("a gigabyte", volume::run),
    ("guessed passwords", guesses::run),
    ("a log that nothing reads", unread::run),
    ("clients that go on", lingering::run),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: stress PROGRAM [NUMBER...]; see tests/stress --help");
        return ExitCode::from(2);
    };
    let chosen: Vec<String> = arguments.collect();
    let mut report = Report::default();
    for (index, (name, attack)) in ATTACKS.iter().enumerate() {
        let number = (index + 1).to_string();
        if !chosen.is_empty() && !chosen.contains(&number) {
            continue;
        }
        eprintln!("{number}: {name}");
        if let Err(error) = attack(&program, &mut report) {
            report.row(name, "the attack runs", &format!("it failed: {error}"), false);
        }
    }
    print!("{report}");
    if report.all_passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
