//! bantam's own site, for every transport: pages and static files, found by their folders.
//!
//! * `pages/**/*.rs` are pages: `pages/sleep.rs` is `/sleep`, `pages/index.rs` is `/` and `/index`. A page is a
//!   `pub async fn request_handler`; it takes GET and HEAD unless it states others in `pub const ALLOW: &str`.
//! * `static/**` are files, served under their own names with a content type, a strong ETag and 304.
//!
//! The build script makes the routes: a new file is served after the next build. The future of [`Www`] is as large as
//! that of its largest page.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod characters;
mod escape;
mod files;
mod routes {
    include!(concat!(env!("OUT_DIR"), "/routes.rs"));
}
mod site;
#[cfg(test)]
mod sizes;

pub use site::Www;
