//! The board: an LM3S6965 with Ethernet, as QEMU's `lm3s6965evb` has it.
//!
//! What touches registers is here, one part a file; `src/bin/` has the programs.

#![no_std]

pub mod about;
pub mod clock;
#[cfg(feature = "embassy")]
pub mod driver;
#[cfg(feature = "embassy")]
pub mod executor;
pub mod fault;
pub mod mac;
pub mod memory;
#[cfg(feature = "ethernet")]
mod phy;
mod register;
pub mod sleep;
#[cfg(feature = "embassy")]
pub mod time;
pub mod uart;
