//! QEMU's machine `virt` with one RV32IMAC processor: the clock, the network device, the interrupts and the UART.

pub mod clock;
mod division;
pub mod entropy;
pub mod mac;
mod mem_functions;
mod queue;
pub mod sleep;
pub mod trap;
pub mod uart;
mod virtio;
