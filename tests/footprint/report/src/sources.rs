//! Attributes the code of an image to source files.
//!
//! Invariant: every byte belongs to the file of the innermost function that is not the standard library's.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::path::Path;

use addr2line::Loader;

use crate::image::Image;

/// The line table of an image.
pub(crate) struct Sources {
    lines: Loader,
    /// The working directory, which paths are relative to.
    here: String,
}

impl Sources {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let lines = Loader::new(path).map_err(|error| error.to_string())?;
        Ok(Self { lines, here: env::current_dir()?.display().to_string() })
    }

    /// The file that an instruction comes from.
    pub(crate) fn file(&self, address: u64) -> String {
        let mut innermost = None;
        let Ok(mut frames) = self.lines.find_frames(address) else { return "?".into() };
        while let Ok(Some(frame)) = frames.next() {
            let Some(name) = frame.location.and_then(|location| location.file) else { continue };
            let (name, is_library) = short(name, &self.here);
            if !is_library {
                return name.into();
            }
            innermost.get_or_insert_with(|| name.to_owned());
        }
        innermost.unwrap_or_else(|| "no line table: assembly, literals".into())
    }
}

/// Prints the files with the most code in an image.
pub(crate) fn print(path: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let sources = Sources::read(path)?;
    let mut files = HashMap::<String, u64>::new();
    // No instruction is shorter than two bytes.
    for address in Image::read(path)?.code.step_by(2) {
        *files.entry(sources.file(address)).or_default() += 2;
    }
    let mut files: Vec<_> = files.into_iter().map(|(name, size)| (size, name)).collect();
    files.sort_by(|a, b| b.cmp(a));
    for (size, name) in files.iter().take(count) {
        println!("{size:6} {name}");
    }
    Ok(())
}

/// A path without its machine-dependent prefix, and true if it is the standard library's.
fn short<'a>(name: &'a str, here: &str) -> (&'a str, bool) {
    // The second is the compiler's run-time library, where core is not built along.
    for library in ["/library/", "/compiler-builtins/"] {
        if let Some(at) = name.find(library) {
            return (&name[at + 1..], true);
        }
    }
    if let Some((_, name)) = name.split_once("/registry/src/") {
        return (name.split_once('/').map_or(name, |(_, name)| name), false);
    }
    (name.strip_prefix(here).unwrap_or(name).trim_start_matches('/'), false)
}
