//! The sections and symbols of an ELF image.
//!
//! Invariant: the size of an image is the sum of its loaded sections.

use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::Path;

use object::elf::{self, SHF_ALLOC, SHF_WRITE};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind, SymbolKind};

/// An ELF image.
pub(crate) struct Image {
    /// Vectors, code, constants and initial values of statics, in bytes: `text + data`.
    pub(crate) flash: u64,
    /// Mutable statics, in bytes: `data + bss`.
    pub(crate) memory: u64,
    /// The addresses of the code.
    pub(crate) code: Range<u64>,
    /// Functions and statics, the largest first.
    pub(crate) symbols: Vec<(u64, String)>,
    /// The functions, by their addresses.
    functions: Vec<(u64, String)>,
}

impl Image {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = object::File::parse(&*bytes)?;
        let (mut flash, mut memory, mut code) = (0, 0, 0..0);
        for section in file.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
                return Err("not an ELF file".into());
            };
            let has = |flag: elf::SectionFlags| sh_flags.0 & flag.0 != 0;
            // riscv-rt marks the rest of RAM by two sections without content.
            if !has(SHF_ALLOC) || matches!(section.name(), Ok(".heap" | ".stack")) {
                continue;
            }
            if section.kind() != SectionKind::UninitializedData {
                flash += section.size();
            }
            if section.kind() == SectionKind::Text && section.size() > code.end - code.start {
                code = section.address()..section.address() + section.size();
            }
            if has(SHF_WRITE) {
                memory += section.size();
            }
        }
        // The lowest bit of an address says that the code is Thumb.
        let mut functions: Vec<_> = file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .map(|symbol| (symbol.address() & !1, demangled(&symbol)))
            .collect();
        functions.sort();
        let mut symbols: Vec<_> = file
            .symbols()
            .filter(|symbol| {
                matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0
            })
            .map(|symbol| (symbol.size(), demangled(&symbol)))
            .collect();
        symbols.sort_by(|a, b| b.cmp(a));
        Ok(Self { flash, memory, code, symbols, functions })
    }

    /// The function that an instruction belongs to.
    pub(crate) fn function(&self, address: u64) -> &str {
        let behind = self.functions.partition_point(|(start, _)| *start <= address);
        behind.checked_sub(1).and_then(|at| self.functions.get(at)).map_or("?", |(_, name)| name)
    }

    /// The size of a static with this name.
    pub(crate) fn size_of(&self, name: &str) -> Result<u64, String> {
        let ours = |symbol: &&(u64, String)| symbol.1.rsplit("::").next() == Some(name);
        self.symbols.iter().find(ours).map(|symbol| symbol.0).ok_or(format!("no static {name}"))
    }
}

fn demangled<'a>(symbol: &impl ObjectSymbol<'a>) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or("?")))
}
