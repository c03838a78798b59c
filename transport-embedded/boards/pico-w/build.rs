//! The build script: the firmware of the radio, from the folder that `CYW43_FIRMWARE` names, or empty files.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-env-changed=CYW43_FIRMWARE");
    let board = if env::var("CARGO_PKG_NAME").as_deref() == Ok("pico-w") { "Pico W" } else { "Pico 2 W" };
    println!("cargo::rustc-env=BOARD={board}");
    let folder = env::var_os("CYW43_FIRMWARE").map(PathBuf::from);
    for name in ["43439A0.bin", "43439A0_clm.bin", "nvram_rp2040.bin"] {
        let bytes = folder.as_ref().map_or_else(Vec::new, |folder| {
            let path = folder.join(name);
            println!("cargo::rerun-if-changed={}", path.display());
            fs::read(&path).unwrap_or_else(|error| panic!("CYW43_FIRMWARE: {}: {error}", path.display()))
        });
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
    }
    if folder.is_none() {
        println!(
            "cargo::warning=CYW43_FIRMWARE is not set: the image is linked without the radio's firmware, and stops"
        );
    }
}
