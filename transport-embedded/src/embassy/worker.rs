//! Law: a worker serves one connection at a time, from its first byte to its end, for ever; its socket is never left in a
//! state that it cannot listen from.

use core::convert::Infallible;

use bantam::{Buffers, Site, serve};
use embassy_net::tcp::TcpSocket;

use super::port::Port;
use super::stream::Stream;
#[cfg(any(feature = "log", feature = "defmt"))]
use crate::notice::notice;

/// Serves the clients of `port`, one after the other, with this socket and in these buffers. Never returns.
///
/// It is one future among others: spawn as many as there shall be connections at once, each with a socket and buffers of
/// its own. In RAM a worker costs its future, `INPUT + OUTPUT` bytes of [`Buffers`] (a request head has to fit `INPUT`, a
/// response head `OUTPUT`), the two buffers of its socket, and embassy-net's own state of a socket. Whatever the socket
/// was doing before is aborted.
///
/// ```no_run
/// use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site, wire::Status};
/// use bantam_embedded::embassy::{Port, worker};
/// use embassy_executor::Spawner;
/// use embassy_net::{Stack, tcp::TcpSocket};
/// use static_cell::StaticCell;
///
/// struct Hello;
///
/// impl Site for Hello {
///     async fn request_handler<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///         details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
///     }
/// }
///
/// // Four connections at once. Each task has its memory in itself: 1 KB + 1 KB for TCP, 1 KB + 512 bytes for HTTP.
/// #[embassy_executor::task(pool_size = 4)]
/// async fn serve(stack: Stack<'static>, port: &'static Port) {
///     let (mut receive, mut send) = ([0; 1024], [0; 1024]);
///     let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
///     worker(port, &mut socket, &Hello, &mut Buffers::<1024, 512>::new()).await;
/// }
///
/// fn start(spawner: Spawner, stack: Stack<'static>) {
///     static PORT: StaticCell<Port> = StaticCell::new();
///     let port: &'static Port = PORT.init(Port::new(80, Deadlines::DEFAULT));
///     for _ in 0..4 {
///         spawner.spawn(serve(stack, port).expect("the pool has four"));
///     }
/// }
/// ```
///
/// # What waits, and for how long
///
/// A worker without a client waits for one without end; with one, every wait has the deadline of its phase
/// ([`bantam::Deadlines`], counted by embassy-time in its ticks, from the moment something first has to wait). A handshake
/// that stops half way is given up after [`bantam::Deadlines::reply`].
///
/// After the last answer comes our end (FIN). The peer has `reply` to acknowledge it and then `close` to send its own;
/// what still arrives is thrown away. Then the socket is aborted, so that it never waits in TIME-WAIT. A connection that
/// failed, or did not take its answer in time, is aborted at once.
///
/// # Cancellation
///
/// The future can be dropped at any time, in the middle of a page for one. The connection is then aborted: the network
/// stack tells the peer (RST) at its next turn, if the socket itself is still there by then; otherwise the peer learns it
/// with its next segment. Socket and buffers can be given to another `worker` at once.
pub async fn worker<S: Site, const INPUT: usize, const OUTPUT: usize>(
    port: &Port,
    socket: &mut TcpSocket<'_>,
    site: &S,
    buffers: &mut Buffers<INPUT, OUTPUT>,
) -> Infallible {
    let mut stream = Stream::new(port, socket);
    loop {
        stream.accept().await;
        // Kept only where somebody is told: it is memory of every worker.
        #[cfg(any(feature = "log", feature = "defmt"))]
        let peer = stream.peer();
        match serve(&mut stream, &mut buffers.state(), site).await {
            Ok(()) => stream.see_off().await,
            #[cfg(any(feature = "log", feature = "defmt"))]
            Err(error) => notice!(info, "{}: dropped: {}", peer, error),
            #[cfg(not(any(feature = "log", feature = "defmt")))]
            Err(_) => {}
        }
        stream.reset().await;
    }
}
