//! The table of what a first use costs: a page with the thing, less a page that does the same work without it.
//!
//! Invariant: the two images of a row differ in one feature, and both have served requests.

use std::error::Error;
use std::path::Path;

use crate::capture::Capture;
use crate::image::Image;

const IMAGE: &str = "on_bantam_routes";

/// A title; a variant with the thing and one without, each with what its page answers. A page that ends with its client alone is not asked
/// for: there is no stack of its own then.
type Row = (&'static str, [(&'static str, Option<&'static str>); 2]);

const ROWS: [Row; 2] = [
    (
        "multipart: the length of a file in a form, less that of a body",
        [("form", Some("\r\n\r\n\u{5}\0\0\0")), ("upload", Some("\r\n\r\n\u{7e}\0\0\0"))],
    ),
    ("server-sent events, less the same by hand", [("events", None), ("live", None)]),
];

const HEAD: &str = "\
| a first use, bytes | flash, z | future | task | stack, z |
|---|--:|--:|--:|--:|";

/// Prints the table of a folder of variants.
pub(crate) fn print(folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("{HEAD}");
    for (title, variants) in ROWS {
        let mut sizes = Vec::new();
        for (variant, answer) in variants {
            let path = folder.join(variant).join(IMAGE);
            let run = Capture::read(&path.with_extension("serial"), true, answer)?;
            let flash = Image::read(&path)?.flash;
            sizes.push([flash, run.future, run.task, run.stack].map(u64::cast_signed));
        }
        let cells: Vec<String> =
            std::iter::zip(sizes[0], sizes[1]).map(|(with, without)| (with - without).to_string()).collect();
        println!("| {title} | {} |", cells.join(" | "));
    }
    Ok(())
}
