//! The table of sizes.
//!
//! Invariant: every number is the difference of two images that differ in one thing, or was measured by one image.

use std::error::Error;
use std::path::Path;

use crate::capture::Capture;
use crate::image::Image;

/// The number of extra pages.
const EXTRA_PAGES: i64 = 10;

/// Images and their titles. The first is the baseline of the others.
const ROWS: [(&str, &str); 7] = [
    ("shim", "the shim: stream, measuring, vectors"),
    ("on_httparse", "httparse 1.10, fixed responses"),
    ("on_edge_http", "edge-http 0.8, 16 fields"),
    ("on_picoserve_path", "picoserve 0.20, name in the path"),
    ("on_picoserve_query", "picoserve 0.20, serde query"),
    ("on_bantam", "bantam, a `match` by hand"),
    ("on_bantam_routes", "bantam, `routes!`"),
];

const HEAD: &str = "\
| bytes | flash, z | flash, s | flash, z, stream may wait | future | task | stack, z | stack, s | a route more | an entry more | a page more | a path more | two fields | refused | text | JSON | WebSocket |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

/// Prints the table of a folder of variants, each with images and their serial output.
pub(crate) fn print(folder: &Path) -> Result<(), Box<dyn Error>> {
    let flash = |variant: &str, name: &str| -> Result<i64, Box<dyn Error>> {
        Ok(Image::read(&folder.join(variant).join(name))?.flash.cast_signed())
    };
    let capture = |variant: &str, name: &str| -> Result<Capture, String> {
        Capture::read(&folder.join(variant).join(format!("{name}.serial")), name != ROWS[0].0, None)
    };
    println!("{HEAD}");
    for (name, title) in ROWS {
        let (z, s) = (capture("z", name)?, capture("s", name)?);
        let mut cells = Vec::new();
        for variant in ["z", "s", "may-wait"] {
            capture(variant, name)?;
            let shim = if name == ROWS[0].0 { 0 } else { flash(variant, ROWS[0].0)? };
            cells.push((flash(variant, name)? - shim).to_string());
        }
        cells.extend([z.future, z.task, z.stack, s.stack].map(|number| number.to_string()));
        for (variant, count, body) in [
            ("routes", EXTRA_PAGES, z.extra),
            ("table", EXTRA_PAGES, z.extra),
            ("pages", EXTRA_PAGES, 0),
            ("paths", EXTRA_PAGES, 0),
            ("fields", 1, 0),
            ("refused", 1, 0),
            ("text", 1, 0),
            ("json", 1, 0),
            ("socket", 1, 0),
        ] {
            let more = folder.join(variant).join(name);
            cells.push(if more.exists() {
                capture(variant, name)?;
                let each = (flash(variant, name)? - flash("z", name)?) / count;
                (each - body.cast_signed()).to_string()
            } else {
                "-".into()
            });
        }
        println!("| {title} | {} |", cells.join(" | "));
    }
    Ok(())
}

/// Bars of the chart: image, label, kind (`tests/charts/bars.awk`).
const BARS: [(&str, &str, &str); 4] = [
    ("on_httparse", "httparse, by hand", "bound"),
    ("on_bantam", "bantam", "ours"),
    ("on_edge_http", "edge-http", "other"),
    ("on_picoserve_path", "picoserve", "other"),
];

/// Prints the first column of the table as figures for `tests/charts/draw`.
pub(crate) fn print_chart(folder: &Path) -> Result<(), Box<dyn Error>> {
    let flash = |name| Ok::<_, Box<dyn Error>>(Image::read(&folder.join("z").join(name))?.flash);
    println!("#title\tFlash of a server on a device");
    println!("#note\tBytes for the same two pages on a Cortex-M3 at opt-level z, without the byte stream");
    println!("#command\ttests/size-report\n#decimals\t0");
    for (name, label, kind) in BARS {
        println!(
            "{label}\t{kind}\t{}",
            flash(name)?.checked_sub(flash(ROWS[0].0)?).ok_or("an image is smaller than the shim")?
        );
    }
    Ok(())
}
