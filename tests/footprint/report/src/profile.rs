//! Attributes the instructions of a run to functions and to source files.
//!
//! Invariant: every executed instruction is counted once in each table.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, stdin};
use std::path::Path;

use crate::image::Image;
use crate::sources::Sources;

/// Prints the functions and the files that executed the most instructions, for each of `times` repetitions. Reads what QEMU writes with
/// `-singlestep -d exec,nochain`: a line for each instruction, with its address behind the first slash.
pub(crate) fn print(path: &Path, count: usize, times: u64) -> Result<(), Box<dyn Error>> {
    let mut executed = HashMap::<u64, u64>::new();
    let mut lines = stdin().lock();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Some(address) = address(&line) {
            *executed.entry(address).or_default() += 1;
        }
        line.clear();
    }
    if executed.is_empty() || times == 0 {
        return Err("no instruction was executed".into());
    }
    let image = Image::read(path)?;
    let sources = Sources::read(path)?;
    let (mut functions, mut files) = (HashMap::<&str, u64>::new(), HashMap::<String, u64>::new());
    for (address, number) in &executed {
        *functions.entry(image.function(*address)).or_default() += number;
        *files.entry(sources.file(*address)).or_default() += number;
    }
    let total: u64 = executed.values().sum();
    println!("{:6} instructions each, of {times}", total / times);
    for (title, table) in [
        ("by function, without what it calls", functions.into_iter().collect::<Vec<_>>()),
        ("by file, with inlined code", files.iter().map(|(name, number)| (name.as_str(), *number)).collect()),
    ] {
        println!("\n{title}");
        let mut rows = table;
        rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        for (name, number) in rows.iter().take(count) {
            println!("{:6} {name}", number / times);
        }
    }
    Ok(())
}

/// The address in a line of the trace.
fn address(line: &[u8]) -> Option<u64> {
    let text = str::from_utf8(line).ok()?.strip_prefix("Trace ")?;
    u64::from_str_radix(text.split('/').nth(1)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_between_the_first_two_slashes() {
        let line = b"Trace 0: 0x7fe794000400 [00800400/00001b3c/00000110/ff000201] __pre_init\n";
        assert_eq!(address(line), Some(0x1b3c));
        assert_eq!(address(b"Linking TBs 0x7f [00001b3c] index 1 -> 0x7f [00001b3e]\n"), None);
    }
}
