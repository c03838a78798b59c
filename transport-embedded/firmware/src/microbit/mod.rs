//! Drivers of the micro:bit (version 1): an nRF51822 (Cortex-M0 at 16 MHz, 256 KB flash, 16 KB RAM).

pub mod clock;
pub mod uart;
