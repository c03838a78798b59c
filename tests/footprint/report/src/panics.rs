//! Searches a static library for panics.
//!
//! Invariant: code that can panic references a panic function; without a reference nothing can panic.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use object::read::archive::ArchiveFile;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionKind, SymbolKind};

/// The common end of all panics: only other panics may call it.
const COMMON: [&str; 2] = ["rust_begin_unwind", "core::panicking::panic_fmt"];
/// The panic of a future that is polled after it was ready. Nothing here polls one, but not all code is inlined, so that
/// the compiler keeps the check.
const FINISHED: &str = "core::panicking::panic_const::panic_const_async_fn_resumed";

/// Returns an error with all reachable panics in the crate of a static library, which was optimised as a whole.
pub(crate) fn check(library: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let bytes = fs::read(library).map_err(|error| format!("{}: {error}", library.display()))?;
    let (mut members, mut found) = (0, BTreeSet::new());
    for member in ArchiveFile::parse(&*bytes)?.members() {
        let member = member?;
        if !String::from_utf8_lossy(member.name()).starts_with(name) {
            continue;
        }
        members += 1;
        find_panics(&object::File::parse(member.data(&*bytes)?)?, &mut found)?;
    }
    match (members, found.len()) {
        (0, _) => Err(format!("{} has no member whose name begins with {name}", library.display()).into()),
        (_, 0) => Ok(()),
        _ => Err(format!("reachable: {}", found.into_iter().collect::<Vec<_>>().join(", ")).into()),
    }
}

/// Adds the reachable panics of this file.
fn find_panics(file: &object::File<'_>, found: &mut BTreeSet<String>) -> Result<(), Box<dyn Error>> {
    for symbol in file.symbols() {
        let symbol = name(symbol.name()?);
        if is_panic(&symbol) && !is_common(&symbol) && symbol != FINISHED {
            found.insert(symbol);
        }
    }
    // Each function has a section of its own, so that every call is a relocation.
    for section in file.sections() {
        let caller = name(section.name()?.trim_start_matches(".text.").trim_start_matches("unlikely."));
        if section.kind() != SectionKind::Text || is_panic(&caller) || is_common(&caller) {
            continue;
        }
        for (_, relocation) in section.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let symbol = file.symbol_by_index(index)?;
            let target = match symbol.section_index().filter(|_| symbol.kind() == SymbolKind::Section) {
                Some(section) => name(file.section_by_index(section)?.name()?.trim_start_matches(".text.")),
                None => name(symbol.name()?),
            };
            if is_common(&target) {
                found.insert(format!("{target}, from {caller}"));
            }
        }
    }
    Ok(())
}

fn name(mangled: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(mangled))
}

fn is_common(symbol: &str) -> bool {
    COMMON.iter().any(|common| symbol.ends_with(common))
}

/// Returns true if this library function does nothing but panic.
fn is_panic(symbol: &str) -> bool {
    let last = symbol.rsplit("::").next().unwrap_or(symbol);
    let failing = ["_fail", "_failed", "_mismatch"].iter().any(|end| last.ends_with(end));
    symbol.contains("panicking") || failing || last.starts_with("slice_") && last.contains("_index")
}
