//! Law: what can panic has a panic's code linked to it; where none is, nothing can.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use object::read::archive::ArchiveFile;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionKind, SymbolKind};

/// What ends all panics: only other panics may call it.
const COMMON: [&str; 2] = ["rust_begin_unwind", "core::panicking::panic_fmt"];
/// What the compiler puts into every future: a future that is over must not be polled again. Nothing here does, but not all
/// of it is inlined, so that this is not known where the check is.
const FINISHED: &str = "core::panicking::panic_const::panic_const_async_fn_resumed";

/// Fails if a panic can be reached in the crate of a static library, which has been optimised as a whole; prints which.
pub(crate) fn check(library: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let bytes = fs::read(library).map_err(|error| format!("{}: {error}", library.display()))?;
    let (mut members, mut found) = (0, BTreeSet::new());
    for member in ArchiveFile::parse(&*bytes)?.members() {
        let member = member?;
        if !String::from_utf8_lossy(member.name()).starts_with(name) {
            continue;
        }
        members += 1;
        look(&object::File::parse(member.data(&*bytes)?)?, &mut found)?;
    }
    match (members, found.len()) {
        (0, _) => Err(format!("{} has no part that begins with {name}", library.display()).into()),
        (_, 0) => Ok(()),
        _ => Err(format!("can be reached: {}", found.into_iter().collect::<Vec<_>>().join(", ")).into()),
    }
}

/// Adds what panics of this file can be reached.
fn look(file: &object::File<'_>, found: &mut BTreeSet<String>) -> Result<(), Box<dyn Error>> {
    for symbol in file.symbols() {
        let symbol = name(symbol.name()?);
        if is_panic(&symbol) && !is_common(&symbol) && symbol != FINISHED {
            found.insert(symbol);
        }
    }
    // Each function has a section of its own, so that whoever calls another says so in a relocation.
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

/// Does this function of the library do nothing but panic?
fn is_panic(symbol: &str) -> bool {
    let last = symbol.rsplit("::").next().unwrap_or(symbol);
    let failing = ["_fail", "_failed", "_mismatch"].iter().any(|end| last.ends_with(end));
    symbol.contains("panicking") || failing || last.starts_with("slice_") && last.contains("_index")
}
