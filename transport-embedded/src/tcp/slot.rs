//! Law: a slot serves whoever has something to ask, from the first byte of a request until there is nothing more to answer,
//! for ever; or until it is dropped, and then its client is cut off and no other.

use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;

use bantam::{Buffers, Outcome, Site, serve_until_idle};
use smoltcp::iface::SocketHandle;

use super::stack::Stack;
use super::stream::Stream;

/// A slot of a server: a future that never ends, for [`Stack::poll`], and serves in these buffers. Dropping it ends the
/// connection that it serves; its socket listens again.
///
/// ```no_run
/// # use core::time::Duration;
/// # use bantam::{Buffers, Deadlines, Site};
/// # use bantam_embedded::tcp::{Stack, slot};
/// # use smoltcp::iface::{Interface, SocketSet, SocketStorage};
/// # use smoltcp::phy::Device;
/// # fn now() -> Duration { Duration::ZERO }
/// # fn wait_for_packet_until(_: Option<Duration>) {}
/// use core::pin::pin;
///
/// fn run<D: Device, S: Site>(mut device: D, mut interface: Interface, site: &S) -> ! {
///     let mut storage = [const { SocketStorage::EMPTY }; 3];
///     let mut bytes = [[0; 2048]; 3];
///     let mut stack = Stack::<3>::new(SocketSet::new(&mut storage[..]), 80, Deadlines::DEFAULT);
///     for memory in &mut bytes {
///         let (receive, send) = memory.split_at_mut(1024);
///         stack.add(receive, send);
///     }
///     // Two slots, and a socket to spare.
///     let [mut first, mut second] = [const { Buffers::<1024, 512>::new() }; 2];
///     let mut slots = [pin!(slot(&stack, site, &mut first)), pin!(slot(&stack, site, &mut second))];
///     loop {
///         let wake = stack.poll(now(), &mut device, &mut interface, &mut slots);
///         wait_for_packet_until(wake);
///     }
/// }
/// ```
pub async fn slot<S: Site, const SOCKETS: usize, const INPUT: usize, const OUTPUT: usize>(
    stack: &Stack<'_, SOCKETS>,
    site: &S,
    buffers: &mut Buffers<INPUT, OUTPUT>,
) -> Infallible {
    loop {
        let handle = poll_fn(|_| stack.claim().map_or(Poll::Pending, Poll::Ready)).await;
        // Kept only where somebody is told: it is memory of every slot.
        #[cfg(any(feature = "log", feature = "defmt"))]
        let peer = stack.with(handle, |socket| super::station::peer(socket));
        let mut claim = Claim { stack, handle, keeps: false };
        let mut stream = Stream::new(stack, handle);
        let served = serve_until_idle(&mut stream, &mut buffers.state(), site).await;
        #[cfg(any(feature = "log", feature = "defmt"))]
        if let Err(error) = &served {
            crate::notice::notice!(info, "{}: dropped: {}", peer, error);
        }
        claim.keeps = matches!(served, Ok(Outcome::Idle));
    }
}

/// A socket in a slot, given back however the slot ends: a slot may be dropped while it serves.
struct Claim<'s, 'a, const SOCKETS: usize> {
    stack: &'s Stack<'a, SOCKETS>,
    handle: SocketHandle,
    /// Does the connection go on?
    keeps: bool,
}

impl<const SOCKETS: usize> Drop for Claim<'_, '_, SOCKETS> {
    fn drop(&mut self) {
        self.stack.release(self.handle, self.keeps);
    }
}
