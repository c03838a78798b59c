//! bantam's site: pages and static files, routed by their folders, for every transport.
//!
//! * `pages/**/*.rs` are pages: `pages/sleep.rs` is `/sleep`, `pages/index.rs` is `/` and `/index`. A page has a
//!   `pub async fn request_handler` and takes GET and HEAD, or the methods of its `pub const ALLOW: &str`.
//! * `static/**` are files, served under their names with a content type, a strong ETag, ranges and 304.
//!
//! The build script generates the routes. The future of [`Www`] is as large as that of its largest page.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod files;
mod routes;
mod site;
#[cfg(test)]
mod sizes;

pub use site::Www;
