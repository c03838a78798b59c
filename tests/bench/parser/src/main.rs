//! Prints, writes or checks the cost of the parser: see `tests/bench-parser --help`.

mod clock;
mod contenders;
mod guard;
mod heads;
mod pico;
mod requests;
mod steps;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use contenders::cases;
use steps::{Count, count};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [steps::WORKER] => steps::work()?,
        ["table"] => table(&count()?)?,
        ["write", file] => fs::write(file, guard::ratios(&count()?))?,
        ["check", file] => {
            let faults = guard::faults(&count()?, &fs::read_to_string(file)?);
            for fault in &faults {
                eprintln!("{fault}");
            }
            return Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        _ => return Err("table, write FILE or check FILE".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn table(counts: &[Count]) -> nix::Result<()> {
    println!("| | instructions, to httparse's | ratio | time | picohttpparser: instructions, time |");
    println!("|---|--:|--:|--:|--:|");
    for (count, case) in counts.iter().zip(cases()) {
        let (Some(theirs), Some(work)) = (count.theirs, &case.theirs) else {
            println!("| {} | {} | - | - | - |", count.name, count.ours);
            continue;
        };
        let ratio = |instructions| instructions as f64 / theirs as f64;
        let time = clock::ratio(&case.ours, work)?;
        let pico = match (count.pico, &case.pico) {
            (Some(pico), Some(other)) => format!("{:.2}, {:.2}", ratio(pico), clock::ratio(other, work)?),
            _ => "-".into(),
        };
        let (name, ours) = (&count.name, count.ours);
        println!("| {name} | {ours} to {theirs} | {:.2} | {time:.2} | {pico} |", ratio(ours));
    }
    Ok(())
}
