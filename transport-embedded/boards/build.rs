//! The build script: passes the chip's memory map to the linker. That of an STM32 is embassy-stm32's.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for chip in ["rp2040", "rp2350"] {
        if env::var_os(format!("CARGO_FEATURE_{}", chip.to_uppercase())).is_some() {
            let map = format!("memory/{chip}.x");
            fs::copy(&map, out.join("memory.x")).expect("OUT_DIR is writable");
            println!("cargo::rustc-link-search={}", out.display());
            println!("cargo::rerun-if-changed={map}");
        }
    }
}
