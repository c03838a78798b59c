//! A slot: the future that serves sockets with requests, one after the other, in one pair of buffers.
//! Invariant: a slot that is dropped at any await closes no connection but its own, and its socket listens again.

use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;

#[cfg(any(feature = "log", feature = "defmt"))]
use bantam::Transport;
use bantam::{Buffers, Outcome, Site, serve_until_idle};

use super::server::TcpServer;
use super::stream::SlotStream;
#[cfg(any(feature = "log", feature = "defmt"))]
use crate::log::{event, peer};

/// Serves requests of `server`'s clients in `buffers`. Pass the future to [`TcpServer::poll`]; it never returns.
///
/// A request head has to fit `INPUT`, a response head `OUTPUT`. Every wait has the deadline of its phase
/// ([`bantam::Deadlines`]). Dropping the future closes the connection that it serves; the socket then listens again.
///
/// ```no_run
/// # use core::time::Duration;
/// # use bantam::{Buffers, Deadlines, Site};
/// # use bantam_embedded::tcp::{TcpServer, serve_slot};
/// # use smoltcp::iface::{Interface, SocketSet, SocketStorage};
/// # use smoltcp::phy::Device;
/// # fn now() -> Duration { Duration::ZERO }
/// # fn wait_for_packet_until(_: Option<Duration>) {}
/// use core::pin::pin;
///
/// fn run<D: Device, S: Site>(mut device: D, mut interface: Interface, site: &S) -> ! {
///     let mut storage = [const { SocketStorage::EMPTY }; 3];
///     let mut bytes = [[0; 2048]; 3];
///     let mut server = TcpServer::<3>::new(SocketSet::new(&mut storage[..]), 80, Deadlines::DEFAULT);
///     for memory in &mut bytes {
///         let (receive, send) = memory.split_at_mut(1024);
///         server.add(receive, send);
///     }
///     // Two slots for three sockets.
///     let [mut first, mut second] = [const { Buffers::<1024, 512>::new() }; 2];
///     let mut slots =
///         [pin!(serve_slot(&server, site, &mut first)), pin!(serve_slot(&server, site, &mut second))];
///     loop {
///         let wake = server.poll(now(), &mut device, &mut interface, &mut slots);
///         wait_for_packet_until(wake);
///     }
/// }
/// ```
pub async fn serve_slot<S: Site, const SOCKETS: usize, const INPUT: usize, const OUTPUT: usize>(
    server: &TcpServer<'_, SOCKETS>,
    site: &S,
    buffers: &mut Buffers<INPUT, OUTPUT>,
) -> Infallible {
    loop {
        let handle = poll_fn(|_| server.claim().map_or(Poll::Pending, Poll::Ready)).await;
        let mut stream = SlotStream::new(server, handle);
        // Part of the future, and so of the RAM of each slot: only with a log.
        #[cfg(any(feature = "log", feature = "defmt"))]
        let peer = peer(stream.peer_addr());
        let outcome = serve_until_idle(&mut stream, &mut buffers.state(), site).await;
        #[cfg(any(feature = "log", feature = "defmt"))]
        if let Err(error) = &outcome {
            event!(info, "{}: dropped: {}", peer, error);
        }
        stream.keep = matches!(outcome, Ok(Outcome::Idle));
    }
}
