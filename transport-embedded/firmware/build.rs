//! Tells the linker where the chip's memory is.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let chip = if env::var_os("CARGO_FEATURE_MICROBIT").is_some() { "microbit" } else { "lm3s6965" };
    let map = format!("memory/{chip}.x");
    fs::copy(&map, out.join("memory.x")).expect("the chip's memory map can be copied");
    // Where a chip's crate would name its interrupts: `sleep` has the two that there are.
    fs::write(out.join("device.x"), "").expect("written");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rerun-if-changed={map}");
}
