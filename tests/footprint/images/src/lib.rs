//! Law: every image has the same stream, the same questions, the same measuring and the same end, so that what two of
//! them differ by is HTTP.
//!
//! `src/bin/` has the images, one file each; `shim` is all of this without HTTP.

#![no_std]

mod fault;
pub mod greeting;
mod half;
pub mod measure;
pub mod questions;
mod tape;
mod uart;

pub use half::Lending;
pub use tape::{Reader, Tape, Writer};
