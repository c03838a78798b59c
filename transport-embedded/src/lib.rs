//! bantam on devices: transports for the core that need neither `std` nor a heap.
//!
//! * [`tcp`] (feature `smoltcp`, default): TCP by smoltcp, in a loop without an executor.
//! * [`serial`]: any blocking byte stream that can say whether it has something to read, with every phase timed by the
//!   device's own clock.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod serial;
#[cfg(feature = "smoltcp")]
pub mod tcp;
