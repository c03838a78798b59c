//! bantam on devices: transports for the core that need neither `std` nor a heap.
//!
//! * [`tcp`] (feature `smoltcp`, default): TCP by smoltcp, in a loop without an executor.
//! * `embassy` (feature `embassy-net`): TCP by embassy-net, on an executor of the application's.
//! * [`serial`]: any blocking byte stream that can say whether it has something to read, with every phase timed by the
//!   device's own clock.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

#[cfg(feature = "embassy-net")]
pub mod embassy;
pub mod serial;
#[cfg(feature = "smoltcp")]
pub mod tcp;
