//! The build script: passes the chip's memory map to the linker.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let has = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let chip = if has("MICROBIT") {
        "microbit"
    } else if has("RISCV_128K") {
        "virt_128k"
    } else if has("VIRT") {
        "virt"
    } else {
        "lm3s6965"
    };
    let map = format!("memory/{chip}.x");
    fs::copy(&map, out.join("memory.x")).expect("OUT_DIR is writable");
    // `cortex-m-rt/device` includes this file for the interrupt vectors, which `sleep` defines.
    fs::write(out.join("device.x"), "").expect("OUT_DIR is writable");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rerun-if-changed={map}");
}
