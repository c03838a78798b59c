//! Limits for the cost of the parser.
//!
//! Invariant: a limit is a ratio to another parser of the same build; counts depend on the compiler, ratios hardly do.

use std::fmt::Write;

use crate::steps::Count;

/// The tolerated factor over a limit.
const MARGIN: f64 = 1.03;

/// The lines of the file of ratios, for these counts.
pub fn ratios(counts: &[Count]) -> String {
    let mut text = String::new();
    for count in counts {
        if let Some(ratio) = count.ratio() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{ratio:.3} {}", count.name);
        }
    }
    text
}

/// Returns the cases that exceed their ratio in the file, and those that are missing on one side.
pub fn faults(counts: &[Count], file: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let known =
        |name: &str| file.lines().filter_map(|line| line.split_once(' ')).find(|(_, other)| *other == name);
    for count in counts {
        let Some(ratio) = count.ratio() else { continue };
        match known(&count.name).and_then(|(most, _)| most.parse::<f64>().ok()) {
            Some(most) if ratio > most * MARGIN => {
                faults.push(format!("{}: {ratio:.3} exceeds {most:.3}", count.name));
            }
            Some(_) => {}
            None => faults.push(format!("{}: {ratio:.3} is not in the file", count.name)),
        }
    }
    let counted = counts.iter().filter(|count| count.ratio().is_some()).count();
    if file.lines().count() != counted {
        faults.push(format!("{} lines in the file for {counted} cases", file.lines().count()));
    }
    faults
}
