//! bantam's site: pages and static files, routed by their folders, for every transport.
//!
//! * `pages/**/*.rs` are pages: `pages/sleep.rs` is `/sleep`, `pages/index.rs` is `/` and `/index`, `pages/hello/[name].rs` is
//!   `/hello/{name}`.
//! * `static/**` are files, served under their names with a content type, a strong ETag, ranges and 304, compressed, and under
//!   names with a hash of their content, which caches keep.
//!
//! The build script makes the site of them: see `bantam-build` in `www/build/`. The future of [`Www`] is as large as that of its
//! largest page.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

// First, because the pages in `sizes` use its macro `asset!`, too.
#[macro_use]
mod site;

mod counter;
#[cfg(test)]
mod sizes;

pub use site::Www;
