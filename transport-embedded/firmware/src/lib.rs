//! Drivers of three boards: an LM3S6965 with Ethernet (QEMU's `lm3s6965evb`), QEMU's `virt` with a RISC-V processor, and a
//! micro:bit. The images are in `src/bin/`.

#![no_std]

#[cfg(feature = "board")]
pub mod board;
#[cfg(feature = "lm3s6965")]
pub mod clock;
pub mod console;
#[cfg(feature = "lm3s6965")]
mod division;
#[cfg(feature = "embassy")]
pub mod embassy_driver;
#[cfg(feature = "embassy")]
pub mod executor;
pub mod fault;
#[cfg(feature = "lm3s6965")]
mod fifo;
#[cfg(feature = "lm3s6965")]
pub mod mac;
#[cfg(feature = "lm3s6965")]
mod mem_functions;
pub mod memory;
#[cfg(feature = "microbit")]
pub mod microbit;
#[cfg(feature = "lm3s6965")]
pub mod pl011;
mod register;
pub mod serial_server;
#[cfg(feature = "lm3s6965")]
pub mod sleep;
#[cfg(feature = "tcp")]
pub mod smoltcp_device;
pub mod static_slot;
pub mod status_page;
#[cfg(feature = "embassy")]
pub mod time;
pub mod uart;
#[cfg(feature = "virt")]
pub mod virt;
