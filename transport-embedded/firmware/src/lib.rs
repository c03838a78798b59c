//! The boards: an LM3S6965 with Ethernet, as QEMU's `lm3s6965evb` has it, and a micro:bit.
//!
//! What touches registers is here, one part a file; `src/bin/` has the programs.

#![no_std]

#[cfg(feature = "lm3s6965")]
pub mod clock;
pub mod console;
pub mod fault;
pub mod line;
#[cfg(feature = "lm3s6965")]
pub mod mac;
pub mod memory;
#[cfg(feature = "microbit")]
pub mod microbit;
pub mod place;
mod register;
#[cfg(feature = "lm3s6965")]
pub mod sleep;
#[cfg(feature = "lm3s6965")]
pub mod uart;
