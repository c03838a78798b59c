//! The boards: an LM3S6965 with Ethernet, as QEMU's `lm3s6965evb` has it, and a micro:bit.
//!
//! What touches registers is here, one part a file; `src/bin/` has the programs.

#![no_std]

pub mod about;
#[cfg(feature = "lm3s6965")]
pub mod clock;
pub mod console;
#[cfg(feature = "embassy")]
pub mod driver;
#[cfg(feature = "embassy")]
pub mod executor;
pub mod fault;
#[cfg(feature = "lm3s6965")]
mod fifo;
pub mod line;
#[cfg(feature = "lm3s6965")]
pub mod mac;
pub mod memory;
#[cfg(feature = "microbit")]
pub mod microbit;
#[cfg(feature = "ethernet")]
mod phy;
pub mod place;
mod register;
#[cfg(feature = "lm3s6965")]
pub mod sleep;
#[cfg(feature = "embassy")]
pub mod time;
#[cfg(feature = "lm3s6965")]
pub mod uart;
