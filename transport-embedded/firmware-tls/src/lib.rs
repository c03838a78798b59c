//! TLS for the sockets of `bantam_embedded::tcp`, by Mbed TLS: a [`StreamLayer`](bantam_embedded::StreamLayer) for any device that has a
//! heap for Mbed TLS and a source of random bytes.

#![no_std]
#![forbid(unsafe_code)]

mod layer;
mod socket;
mod stream;

pub use layer::TlsLayer;
pub use stream::TlsStream;
