//! Law: the folders are the routes. What is wrong with a page or a file ends the build with one sentence that names it.

mod files;
mod pages;
mod routes;
mod tree;

use std::path::{Path, PathBuf};
use std::{env, fs, process};

fn main() {
    if let Err(sentence) = run() {
        println!("cargo::error={sentence}");
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or(format!("cargo sets {name}"));
    let (root, out) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
    for folder in ["pages", "static"] {
        // Cargo looks at the whole tree below: a new file is a change.
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    let code = generate(&root)?;
    fs::write(out.join("routes.rs"), code).map_err(|error| format!("routes.rs cannot be written: {error}"))
}

fn generate(root: &Path) -> Result<String, String> {
    let pages = pages::find(&root.join("pages"))?;
    let files = files::find(&root.join("static"))?;
    routes::emit(&pages, &files)
}
