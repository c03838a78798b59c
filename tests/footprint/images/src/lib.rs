//! What all images share: the stream, the requests and the measurement. `src/bin/` has one file for each image.
//!
//! Invariant: two images differ in their HTTP server only; `shim` has none.

#![no_std]

mod duplex;
mod fault;
pub mod greeting;
pub mod measure;
pub mod requests;
#[cfg(feature = "json")]
mod sender;
mod stream;
mod uart;

pub use duplex::BufferedStream;
#[cfg(feature = "json")]
pub use sender::Sender;
pub use stream::{Reader, TestStream, Writer};
