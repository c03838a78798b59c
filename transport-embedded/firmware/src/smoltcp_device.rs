//! The network controller of the board as a smoltcp device: one frame at a time in each direction.

use smoltcp::iface::{Config, Interface};
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, Ipv4Address};

use crate::board::{MAX_FRAME, Mac, RxFrame, TxBuffer};

/// Starts the controller. Returns an interface without an IP address.
// Inlined, because the interface is large and would be copied once more.
#[inline(always)]
pub fn start(mac: &mut Mac) -> Interface {
    mac.start();
    let address = HardwareAddress::Ethernet(EthernetAddress(mac.address()));
    Interface::new(Config::new(address), mac, Instant::ZERO)
}

/// Sets the address and the router of QEMU's network.
pub fn set_address(interface: &mut Interface) {
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(IpAddress::v4(10, 0, 2, 15), 24));
    });
    let _ = interface.routes_mut().add_default_ipv4_route(Ipv4Address::new(10, 0, 2, 2));
}

impl Device for Mac {
    type RxToken<'a> = RxFrame<'a>;
    type TxToken<'a> = TxBuffer<'a>;

    fn receive(&mut self, _: Instant) -> Option<(RxFrame<'_>, TxBuffer<'_>)> {
        self.receive()
    }

    fn transmit(&mut self, _: Instant) -> Option<TxBuffer<'_>> {
        self.tx_buffer()
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

impl phy::RxToken for RxFrame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        self.read(|frame| read(frame))
    }
}

impl phy::TxToken for TxBuffer<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        self.send(length, fill)
    }
}
