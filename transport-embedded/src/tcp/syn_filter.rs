//! A smoltcp device that drops incoming SYNs while no socket listens.
//! Invariant: a SYN to the server's port gets no RST.
//!
//! smoltcp answers a SYN without a listening socket with RST, which a browser shows as an error. A SYN without a reply is
//! repeated by the client's system (RFC 9293 section 3.8.1) for one or two minutes.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, PacketMeta, RxToken};
use smoltcp::time::Instant;
#[cfg(feature = "ipv6")]
use smoltcp::wire::Ipv6Packet;
use smoltcp::wire::{EthernetFrame, IpProtocol, IpVersion, Ipv4Packet, TcpPacket};

/// A device without the SYNs to `port` that come while no socket listens.
pub(super) struct SynFilter<'d, D: ?Sized> {
    pub(super) device: &'d mut D,
    pub(super) port: u16,
    /// A socket listens.
    pub(super) open: bool,
}

impl<D: Device + ?Sized> Device for SynFilter<'_, D> {
    type RxToken<'a>
        = FilteredRxToken<D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let blocked = if self.open { None } else { Some((self.device.capabilities().medium, self.port)) };
        let (frame, reply) = self.device.receive(now)?;
        Some((FilteredRxToken { frame, blocked }, reply))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A received frame, and the port to which SYNs are blocked.
pub(super) struct FilteredRxToken<R> {
    frame: R,
    blocked: Option<(Medium, u16)>,
}

impl<R: RxToken> RxToken for FilteredRxToken<R> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, read: F) -> T {
        let blocked = self.blocked;
        self.frame.consume(|frame| match blocked {
            // smoltcp ignores an empty frame.
            Some((medium, port)) if is_syn_to(frame, medium, port) == Some(true) => read(&[]),
            _ => read(frame),
        })
    }

    fn meta(&self) -> PacketMeta {
        self.frame.meta()
    }
}

/// Returns true if `frame` is a SYN to `port`, `None` if it is not TCP over IP.
fn is_syn_to(frame: &[u8], medium: Medium, port: u16) -> Option<bool> {
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
