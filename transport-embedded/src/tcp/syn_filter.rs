//! Law: whoever knocks while no socket listens is not turned away: nobody hears it, and it knocks again a second later.
//!
//! smoltcp answers a SYN that no socket takes with a reset, which a browser shows as an error. Without an answer the client's
//! system repeats it (RFC 9293 section 3.8.1), for a minute or two.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, PacketMeta, RxToken};
use smoltcp::time::Instant;
#[cfg(feature = "ipv6")]
use smoltcp::wire::Ipv6Packet;
use smoltcp::wire::{EthernetFrame, IpProtocol, IpVersion, Ipv4Packet, TcpPacket};

/// A device as smoltcp is to see it.
pub(super) struct Door<'d, D: ?Sized> {
    pub(super) device: &'d mut D,
    pub(super) port: u16,
    /// Does a socket listen?
    pub(super) open: bool,
}

impl<D: Device + ?Sized> Device for Door<'_, D> {
    type RxToken<'a>
        = Visitor<D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let shut = if self.open { None } else { Some((self.device.capabilities().medium, self.port)) };
        let (frame, room) = self.device.receive(now)?;
        Some((Visitor { frame, shut }, room))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A frame that has come, perhaps to a door that is shut.
pub(super) struct Visitor<R> {
    frame: R,
    shut: Option<(Medium, u16)>,
}

impl<R: RxToken> RxToken for Visitor<R> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, read: F) -> T {
        let shut = self.shut;
        self.frame.consume(|frame| match shut {
            // smoltcp passes over what is empty.
            Some((medium, port)) if knocks(frame, medium, port) == Some(true) => read(&[]),
            _ => read(frame),
        })
    }

    fn meta(&self) -> PacketMeta {
        self.frame.meta()
    }
}

/// Does this frame ask for a connection to `port`?
fn knocks(frame: &[u8], medium: Medium, port: u16) -> Option<bool> {
    let packet = match medium {
        Medium::Ethernet => EthernetFrame::new_checked(frame).ok()?.payload(),
        _ => frame,
    };
    packet.first()?;
    let segment = match IpVersion::of_packet(packet).ok()? {
        IpVersion::Ipv4 => {
            let packet = Ipv4Packet::new_checked(packet).ok()?;
            Some(packet.payload()).filter(|_| packet.next_header() == IpProtocol::Tcp)
        }
        #[cfg(feature = "ipv6")]
        IpVersion::Ipv6 => {
            let packet = Ipv6Packet::new_checked(packet).ok()?;
            Some(packet.payload()).filter(|_| packet.next_header() == IpProtocol::Tcp)
        }
    };
    let segment = TcpPacket::new_checked(segment?).ok()?;
    Some(segment.syn() && !segment.ack() && segment.dst_port() == port)
}
