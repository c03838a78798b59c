//! Law: embassy-net is woken when a frame waits, and not before.

use core::cell::Cell;
use core::task::{Context, Waker};

use cortex_m::interrupt::{Mutex, free};
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};

use crate::mac::{FRAME, Frame, Mac, Room};

/// Who waits for a frame.
static WAITING: Mutex<Cell<Option<Waker>>> = Mutex::new(Cell::new(None));

/// The controller as embassy-net's driver.
pub struct Ethernet {
    mac: &'static mut Mac,
    address: [u8; 6],
}

impl Ethernet {
    /// Starts the controller.
    pub fn start(mac: &'static mut Mac) -> Self {
        let address = mac.start();
        Self { mac, address }
    }
}

/// Wakes whoever waits for a frame, if one is there.
pub fn look() {
    if Mac::has_frame()
        && let Some(waker) = free(|section| WAITING.borrow(section).take())
    {
        waker.wake();
    }
}

impl Driver for Ethernet {
    type RxToken<'a> = Frame<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(Frame<'_>, Room<'_>)> {
        if !Mac::has_frame() {
            free(|section| WAITING.borrow(section).set(Some(context.waker().clone())));
        }
        self.mac.take()
    }

    /// There is always room: a frame waits in the controller until the one before it has left.
    fn transmit(&mut self, _: &mut Context<'_>) -> Option<Room<'_>> {
        Some(self.mac.room())
    }

    /// The emulated cable is never pulled.
    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.address)
    }
}

impl RxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        self.send(length, fill)
    }
}
