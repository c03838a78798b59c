//! A DHCP client (RFC 2131) that sets an interface's IPv4 address and default route.

use smoltcp::iface::{Interface, SocketHandle};
use smoltcp::socket::dhcpv4::{Event, Socket};
use smoltcp::wire::{IpCidr, Ipv4Cidr};

use super::server::TcpServer;
use crate::log::event;

/// Sets an interface's IPv4 address and default route by DHCP (RFC 2131). Feature `dhcp`.
///
/// ```no_run
/// # use core::time::Duration;
/// # use bantam_embedded::tcp::{Dhcp, DhcpEvent, TcpServer};
/// # use smoltcp::{iface::Interface, phy::Device};
/// # fn run<D: Device>(mut server: TcpServer<'_, 3>, mut device: D, mut interface: Interface, now: Duration) {
/// let dhcp = Dhcp::new(&mut server); // before the loop
/// # let mut slots: [core::pin::Pin<&mut core::future::Pending<()>>; 0] = [];
/// loop {
///     let wake = server.poll(now, &mut device, &mut interface, &mut slots);
///     if let Some(DhcpEvent::Configured(address)) = dhcp.poll(&server, &mut interface) {
///         // Show http://{address}/
///         # let _ = address;
///     }
///     # let _ = wake;
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dhcp {
    handle: SocketHandle,
}

/// A change of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DhcpEvent {
    /// The interface has this address now.
    Configured(Ipv4Cidr),
    /// The lease has expired: the interface has no IPv4 address until the next event.
    Deconfigured,
}

impl Dhcp {
    /// Adds a DHCP socket to the server's socket set.
    ///
    /// # Panics
    /// Panics if the socket set is full.
    pub fn new<const SOCKETS: usize>(server: &mut TcpServer<'_, SOCKETS>) -> Self {
        Self { handle: server.sockets_mut().add(Socket::new()) }
    }

    /// Applies a change of the lease to the interface and returns it. Call it after each [`TcpServer::poll`]. Never blocks.
    pub fn poll<const SOCKETS: usize>(
        &self,
        server: &TcpServer<'_, SOCKETS>,
        interface: &mut Interface,
    ) -> Option<DhcpEvent> {
        let (change, router) = match server.sockets.borrow_mut().get_mut::<Socket<'_>>(self.handle).poll()? {
            Event::Configured(config) => (DhcpEvent::Configured(config.address), config.router),
            Event::Deconfigured => (DhcpEvent::Deconfigured, None),
        };
        interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| !matches!(address, IpCidr::Ipv4(_)));
            if let DhcpEvent::Configured(address) = change {
                // Fails only if the application has filled the list with IPv6 addresses.
                let _ = addresses.push(IpCidr::Ipv4(address));
            }
        });
        let routes = interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(router) = router {
            // Fails only if the application has filled the table.
            let _ = routes.add_default_ipv4_route(router);
        }
        match change {
            DhcpEvent::Configured(address) => event!(info, "the address is {}", address),
            DhcpEvent::Deconfigured => event!(warn, "the address is lost"),
        }
        Some(change)
    }
}
