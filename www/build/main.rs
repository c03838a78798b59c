//! The build script: generates the routes from the folders `pages/` and `static/`.
//! Invariant: an invalid page or file fails the build with one sentence that names it.

mod files;
mod pages;
mod routes;
mod walk;

use std::path::PathBuf;
use std::{env, fs, process};

fn main() {
    if let Err(message) = write_routes() {
        println!("cargo::error={message}");
        process::exit(1);
    }
}

fn write_routes() -> Result<(), String> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or(format!("cargo sets {name}"));
    let (root, out) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
    for folder in ["pages", "static"] {
        // Cargo watches the whole tree: a new file is a change.
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    let code = routes::emit(&pages::find(&root.join("pages"))?, &files::find(&root.join("static"))?)?;
    fs::write(out.join("routes.rs"), code).map_err(|error| format!("routes.rs cannot be written: {error}"))
}
