//! Law: what a parser costs is guarded as a ratio to another that the same compiler has built: counts change with the compiler,
//! and ratios hardly do.

use std::fmt::Write;

use crate::steps::Count;

/// How much dearer something may become before it is a fault: three hundredths.
const MARGIN: f64 = 1.03;

/// The lines of the file of ratios, as counted now.
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

/// Compares with the ratios of such a file: what has become too dear, what is not in it or no more counted.
pub fn faults(counts: &[Count], file: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let known = |name| file.lines().filter_map(|line| line.split_once(' ')).find(|(_, other)| *other == name);
    for count in counts {
        let Some(ratio) = count.ratio() else { continue };
        match known(count.name).and_then(|(most, _)| most.parse::<f64>().ok()) {
            Some(most) if ratio > most * MARGIN => {
                faults.push(format!("{}: {ratio:.3}, where it was {most:.3}", count.name));
            }
            Some(_) => {}
            None => faults.push(format!("{}: {ratio:.3}, and not in the file", count.name)),
        }
    }
    let counted = counts.iter().filter(|count| count.ratio().is_some()).count();
    if file.lines().count() != counted {
        faults.push(format!("{} lines in the file for {counted} cases", file.lines().count()));
    }
    faults
}
