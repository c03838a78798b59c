//! The drivers of the board that an image is built for, under one name for every board.

#[cfg(feature = "lm3s6965")]
pub use cortex_m_rt::entry;
#[cfg(feature = "virt")]
pub use riscv_rt::entry;

#[cfg(feature = "virt")]
pub use crate::virt::{
    clock::{self, MtimeClock as BoardClock},
    mac::{MAX_FRAME, Mac, RxFrame, TxBuffer},
    sleep,
    uart::start as start_uart,
};
#[cfg(feature = "lm3s6965")]
pub use crate::{
    clock::{self, SysTickClock as BoardClock},
    mac::{MAX_FRAME, Mac, RxFrame, TxBuffer},
    pl011::start as start_uart,
    sleep,
};
