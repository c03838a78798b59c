//! The board: an LM3S6965 with Ethernet, as QEMU's `lm3s6965evb` has it.
//!
//! What touches registers is here, one part a file; `src/bin/` has the programs.

#![no_std]

pub mod clock;
pub mod fault;
pub mod mac;
pub mod memory;
mod register;
pub mod sleep;
pub mod uart;
