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

// The chat of a device needs none of it.
#[cfg(any(test, all(feature = "chat", not(target_os = "none"))))]
extern crate std;

// First, because the pages in `sizes` use its macro `asset!`, too.
#[macro_use]
mod site;

mod counter;
#[cfg(feature = "upload")]
mod digits;
#[cfg(feature = "chat")]
mod lock;
#[cfg(feature = "chat")]
mod message;
#[cfg(feature = "chat")]
mod room;
#[cfg(test)]
mod sizes;
mod www;

pub(crate) use site::Shared;
pub use www::Www;
