//! A worker: the future that accepts, serves and closes connections on one socket, one after the other.
//! Invariant: a worker that is dropped at any await leaves a socket that can listen again.

use core::convert::Infallible;

#[cfg(any(feature = "log", feature = "defmt"))]
use bantam::Transport;
use bantam::{Buffers, Site, serve};
use embassy_net::tcp::TcpSocket;

use super::server_port::ServerPort;
use super::stream::WorkerStream;
#[cfg(any(feature = "log", feature = "defmt"))]
use crate::log::{event, peer};

/// Serves connections to `port`, one after the other, with this socket and these buffers. Never returns.
///
/// Spawn one for each connection that is to be served at once, each with a socket and buffers of its own. In RAM a worker
/// costs its future, `INPUT + OUTPUT` bytes of [`Buffers`] (a request head has to fit `INPUT`, a response head `OUTPUT`), the
/// two buffers of its socket, and embassy-net's state of the socket. The socket is aborted first.
///
/// ```no_run
/// use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site, wire::Status};
/// use bantam_embedded::embassy::{ServerPort, run_worker};
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
/// // Four connections at once. The future of each task holds 1 KB + 1 KB for TCP, 1 KB + 512 bytes for HTTP.
/// #[embassy_executor::task(pool_size = 4)]
/// async fn worker(stack: Stack<'static>, port: &'static ServerPort) {
///     let (mut receive, mut send) = ([0; 1024], [0; 1024]);
///     let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
///     run_worker(port, &mut socket, &Hello, &mut Buffers::<1024, 512>::new()).await;
/// }
///
/// fn start(spawner: Spawner, stack: Stack<'static>) {
///     static PORT: StaticCell<ServerPort> = StaticCell::new();
///     let port: &'static ServerPort = PORT.init(ServerPort::new(80, Deadlines::DEFAULT));
///     for _ in 0..4 {
///         spawner.spawn(worker(stack, port).expect("the pool has four"));
///     }
/// }
/// ```
///
/// # Deadlines
///
/// Accepting has no deadline. A handshake is aborted after [`bantam::Deadlines::response`]. Every other wait has the deadline
/// of its phase ([`bantam::Deadlines`]), counted in ticks of embassy-time from the first operation that blocks.
///
/// After the last response the worker sends FIN. The peer has `response` to acknowledge it and then `close` to send its own;
/// received bytes are discarded, and each begins the time of `close` anew, for `response` at most. The socket is then aborted,
/// which skips TIME-WAIT. A connection that fails or times out is aborted at once.
///
/// # Cancellation
///
/// The future may be dropped at any time. The connection is then aborted: the network task sends RST if the socket still
/// exists when it runs next; otherwise the peer gets RST for its next segment. Socket and buffers can be passed to another
/// `run_worker` at once.
pub async fn run_worker<S: Site, const INPUT: usize, const OUTPUT: usize>(
    port: &ServerPort,
    socket: &mut TcpSocket<'_>,
    site: &S,
    buffers: &mut Buffers<INPUT, OUTPUT>,
) -> Infallible {
    let mut stream = WorkerStream::new(port, socket);
    loop {
        stream.accept().await;
        // Part of the future, and so of the RAM of each worker: only with a log.
        #[cfg(any(feature = "log", feature = "defmt"))]
        let peer = peer(stream.peer_addr());
        match serve(&mut stream, &mut buffers.state(), site).await {
            Ok(()) => stream.close_gracefully().await,
            #[cfg(any(feature = "log", feature = "defmt"))]
            Err(error) => event!(info, "{}: dropped: {}", peer, error),
            #[cfg(not(any(feature = "log", feature = "defmt")))]
            Err(_) => {}
        }
        stream.reset().await;
    }
}
