//! What `tests/hostile` runs: the program `bantam` under attack, and a table of what became of it.
//!
//! Law: every row states what was expected before it says what was measured, and no row is left out because it is ugly.

#![forbid(unsafe_code)]

mod crowd;
mod descriptors;
mod flood;
mod memory;
mod offender;
mod patience;
mod person;
mod process;
mod program;
mod report;
mod resets;
mod slow;
mod stopping;
mod volume;

use std::io;
use std::process::ExitCode;

use report::Report;

type Attack = fn(&str, &mut Report) -> io::Result<()>;

/// In the order of their numbers, from 1.
const ATTACKS: [(&str, Attack); 8] = [
    ("slow clients", slow::run),
    ("a flood of connections", flood::run),
    ("no descriptors left", descriptors::run),
    ("resets in mid-request", resets::run),
    ("SIGTERM under load", stopping::run),
    ("a ceiling of memory", memory::run),
    ("20,000 connections", patience::run),
    ("a gigabyte", volume::run),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("hostile PROGRAM [NUMBER...]: tests/hostile --help says more");
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
            report.row(name, "an attack that can be made", &format!("it could not: {error}"), false);
        }
    }
    print!("{report}");
    if report.all_held() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
