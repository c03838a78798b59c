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
            if !has(SHF_ALLOC) {
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
        let mut symbols: Vec<_> = file
            .symbols()
            .filter(|symbol| {
                matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0
            })
            .map(|symbol| {
                (symbol.size(), format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or("?"))))
            })
            .collect();
        symbols.sort_by(|a, b| b.cmp(a));
        Ok(Self { flash, memory, code, symbols })
    }

    /// The size of a static with this name.
    pub(crate) fn size_of(&self, name: &str) -> Result<u64, String> {
        let ours = |symbol: &&(u64, String)| symbol.1.rsplit("::").next() == Some(name);
        self.symbols.iter().find(ours).map(|symbol| symbol.0).ok_or(format!("no static {name}"))
    }
}
