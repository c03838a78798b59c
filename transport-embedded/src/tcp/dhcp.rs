//! Law: the address is the network's to give and to take; connections come and go with it, the server stays.

use smoltcp::iface::{Interface, SocketHandle};
use smoltcp::socket::dhcpv4::{Event, Socket};
use smoltcp::wire::{IpCidr, Ipv4Cidr};

use super::stack::Stack;
use crate::notice::notice;

/// Keeps an interface's IPv4 address and default route as the network's server says (RFC 2131). Feature `dhcp`.
///
/// ```no_run
/// # use core::time::Duration;
/// # use bantam_embedded::tcp::{Dhcp, Lease, Stack};
/// # use smoltcp::{iface::Interface, phy::Device};
/// # fn run<D: Device>(mut stack: Stack<'_, 3>, mut device: D, mut interface: Interface, now: Duration) {
/// let dhcp = Dhcp::new(&mut stack); // before the loop
/// # let mut slots: [core::pin::Pin<&mut core::future::Pending<()>>; 0] = [];
/// loop {
///     let wake = stack.poll(now, &mut device, &mut interface, &mut slots);
///     if let Some(Lease::Of(address)) = dhcp.turn(&stack, &mut interface) {
///         // Tell somebody: http://{address}/
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

/// What has become of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// There is one, or another one than before.
    Of(Ipv4Cidr),
    /// There is none any more: the lease has run out, and is asked for again.
    Lost,
}

impl Dhcp {
    /// Begins to ask for an address, with a socket of its own in the stack's set.
    ///
    /// # Panics
    /// If the set has no room for it.
    pub fn new<const SOCKETS: usize>(stack: &mut Stack<'_, SOCKETS>) -> Self {
        Self { handle: stack.sockets_mut().add(Socket::new()) }
    }

    /// Does what the server has said since the last turn; call it after each [`Stack::poll`]. It waits for nothing.
    pub fn turn<const SOCKETS: usize>(
        &self,
        stack: &Stack<'_, SOCKETS>,
        interface: &mut Interface,
    ) -> Option<Lease> {
        let (lease, router) = match stack.sockets().get_mut::<Socket<'_>>(self.handle).poll()? {
            Event::Configured(config) => (Lease::Of(config.address), config.router),
            Event::Deconfigured => (Lease::Lost, None),
        };
        interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| !matches!(address, IpCidr::Ipv4(_)));
            if let Lease::Of(address) = lease {
                // The place of the old one has just become free; where there was none, an address is one too many.
                let _ = addresses.push(IpCidr::Ipv4(address));
            }
        });
        let routes = interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(router) = router {
            // As above.
            let _ = routes.add_default_ipv4_route(router);
        }
        match lease {
            Lease::Of(address) => notice!(info, "the address is {}", address),
            Lease::Lost => notice!(warn, "the address is lost"),
        }
        Some(lease)
    }
}
