//! bantam on devices: transports for the core that need neither `std` nor a heap.
//!
//! At present there is [`serial`]: any blocking byte stream that can say whether it has something to read, with every
//! phase timed by the device's own clock. Network stacks follow.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod serial;
