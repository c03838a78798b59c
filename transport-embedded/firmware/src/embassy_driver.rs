//! The Ethernet controller as a driver of embassy-net.

use core::cell::Cell;
use core::task::{Context, Waker};

use cortex_m::interrupt::{Mutex, free};
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};

use crate::mac::{MAX_FRAME, Mac, RxFrame, TxBuffer};

/// The waker of the network task, while it waits for a frame.
static RX_WAKER: Mutex<Cell<Option<Waker>>> = Mutex::new(Cell::new(None));

/// Wakes the network task if the controller has a frame.
pub fn wake_receiver() {
    if Mac::has_frame()
        && let Some(waker) = free(|section| RX_WAKER.borrow(section).take())
    {
        waker.wake();
    }
}

impl Driver for Mac {
    type RxToken<'a> = RxFrame<'a>;
    type TxToken<'a> = TxBuffer<'a>;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(RxFrame<'_>, TxBuffer<'_>)> {
        if !Mac::has_frame() {
            free(|section| RX_WAKER.borrow(section).set(Some(context.waker().clone())));
        }
        self.receive()
    }

    /// Always returns a buffer: sending blocks until the controller has sent the previous frame.
    fn transmit(&mut self, _: &mut Context<'_>) -> Option<TxBuffer<'_>> {
        self.tx_buffer()
    }

    /// Always up: QEMU does not emulate a change of the link.
    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.address())
    }
}

impl RxToken for RxFrame<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, read: F) -> R {
        self.read(read)
    }
}

impl TxToken for TxBuffer<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        self.send(length, fill)
    }
}
