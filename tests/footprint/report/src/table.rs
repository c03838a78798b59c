//! Law: every number of the table is the difference of two images that differ by one thing, or was said by one of them.

use std::error::Error;
use std::path::Path;

use crate::image::Image;
use crate::said::Said;

/// How many pages the images with more of them have more.
const MORE: i64 = 10;

/// Images, and what they are called. The first is what the others are compared with.
const ROWS: [(&str, &str); 6] = [
    ("shim", "the shim: stream, measuring, vectors"),
    ("on_httparse", "httparse 1.10, answers by hand"),
    ("on_edge_http", "edge-http 0.8, 16 fields"),
    ("on_picoserve_path", "picoserve 0.20, name in the path"),
    ("on_picoserve_query", "picoserve 0.20, serde query"),
    ("on_bantam", "bantam"),
];

const HEAD: &str = "\
| bytes | flash, z | flash, s | flash, z, stream may wait | future | task | stack, z | stack, s | a route more | an entry more | a page more |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

/// Prints the table of what is below a folder: variants, and in each images and what they have said.
pub(crate) fn print(folder: &Path) -> Result<(), Box<dyn Error>> {
    let flash = |variant: &str, name: &str| -> Result<i64, Box<dyn Error>> {
        Ok(Image::read(&folder.join(variant).join(name))?.flash.cast_signed())
    };
    let said = |variant: &str, name: &str| -> Result<Said, String> {
        Said::read(&folder.join(variant).join(format!("{name}.said")), name != ROWS[0].0)
    };
    println!("{HEAD}");
    for (name, title) in ROWS {
        let (z, s) = (said("z", name)?, said("s", name)?);
        let mut cells = Vec::new();
        for variant in ["z", "s", "may-wait"] {
            said(variant, name)?;
            let shim = if name == ROWS[0].0 { 0 } else { flash(variant, ROWS[0].0)? };
            cells.push((flash(variant, name)? - shim).to_string());
        }
        cells.extend([z.future, z.task, z.stack, s.stack].map(|number| number.to_string()));
        for (variant, body) in [("routes", z.extra), ("table", z.extra), ("pages", 0)] {
            let more = folder.join(variant).join(name);
            cells.push(if more.exists() {
                said(variant, name)?;
                let each = (flash(variant, name)? - flash("z", name)?) / MORE;
                (each - body.cast_signed()).to_string()
            } else {
                "-".into()
            });
        }
        println!("| {title} | {} |", cells.join(" | "));
    }
    Ok(())
}
