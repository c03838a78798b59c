//! A crate that makes its site of its folders, as any crate can: [`App`] of `pages/` and `public/`, and [`many::Pages`] of a hundred pages.

use std::sync::atomic::AtomicU32;

/// The state of the pages, and their site.
#[derive(Debug, Default)]
pub struct App {
    notes: AtomicU32,
}

mod site {
    bantam::site!();
}

/// A site without a state, of a hundred pages.
pub mod many {
    include!(concat!(env!("OUT_DIR"), "/many.rs"));
}
