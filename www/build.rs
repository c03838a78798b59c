//! The build script: makes the site of the folders `pages/` and `static/`.

use std::env;

use bantam_build::{Coding, Generator};

fn main() {
    let mut generator = Generator::new().pages("pages").files("static").state("crate::Www");
    if env::var_os("CARGO_FEATURE_ONLY_GZIP").is_some() {
        generator = generator.codings(&[Coding::Gzip]).identity(false);
    }
    generator.emit();
}
