//! Lists the public items of a crate, one a line: `bantam-api FILE`, with rustdoc's JSON. `tests/public-api` runs it.
//!
//! Invariant: the listing has every public item. Of implementations it leaves out blanket ones, and those of auto traits but `Send` and
//! `Sync`.

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;

use public_api::Builder;

/// Auto traits that are left out.
const LEFT_OUT: [&str; 5] = ["Freeze", "Unpin", "UnsafeUnpin", "RefUnwindSafe", "UnwindSafe"];

fn listing(json: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let without_derived = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true);
    let all = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build()?;
    let implementations = all.items().map(ToString::to_string).filter(|line| line.starts_with("impl"));
    // The methods of derived implementations are left out: the name of the trait says all of them.
    let mut lines: BTreeSet<String> = without_derived.build()?.items().map(ToString::to_string).collect();
    lines.extend(
        implementations.filter(|line| !LEFT_OUT.iter().any(|name| line.contains(&format!("::{name} for ")))),
    );
    Ok(lines)
}

fn main() -> ExitCode {
    let Some(json) = std::env::args().nth(1) else {
        eprintln!("bantam-api FILE: rustdoc's JSON of a crate");
        return ExitCode::from(2);
    };
    match listing(&json) {
        Ok(lines) if lines.is_empty() => {
            eprintln!("{json} has no public item");
            ExitCode::FAILURE
        }
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{json}: {error}");
            ExitCode::FAILURE
        }
    }
}
