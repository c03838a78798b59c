//! The build script: makes the site of the folders `pages/` and `static/`.

use std::env;

use bantam_build::{Coding, Generator};

fn main() {
    let mut generator = Generator::new().pages("pages").files("static").state("crate::Shared");
    // Pages that a device may lack the flash for, and their scripts.
    for (feature, path) in [
        ("CHAT", "chat.rs"),
        ("CHAT", "api/chat.rs"),
        ("CHAT", "chat.js"),
        ("LIVE", "live.rs"),
        ("LIVE", "api/live.rs"),
        ("LIVE", "live.js"),
        ("UPLOAD", "upload.rs"),
    ] {
        if env::var_os(format!("CARGO_FEATURE_{feature}")).is_none() {
            generator = generator.without(path);
        }
    }
    if env::var_os("CARGO_FEATURE_ONLY_GZIP").is_some() {
        generator = generator.codings(&[Coding::Gzip]).identity(false);
    }
    generator.emit();
}
