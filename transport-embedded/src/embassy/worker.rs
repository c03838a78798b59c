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
use crate::stream_layer::{StreamLayer, end};

/// Serves connections to `port`, one after the other, with this socket and these buffers. Never returns.
///
/// Spawn one for each connection that is to be served at once, each with a socket and buffers of its own. In RAM a worker
/// costs its future, `INPUT + OUTPUT` bytes of [`Buffers`] (a request head has to fit `INPUT`, a response head `OUTPUT`), the
/// two buffers of its socket, and embassy-net's state of the socket. The socket is aborted first.
///
/// # Panics
/// Panics if `WORKERS` workers of the port are running.
///
/// ```no_run
/// use bantam::wire::{Event, Status};
/// use bantam::{Buffers, Connection, Deadlines, RequestDetails, Site};
/// use bantam_embedded::embassy::{ServerPort, SynFilter, run_worker};
/// use embassy_executor::Spawner;
/// use embassy_net::driver::Driver;
/// use embassy_net::{Config, Stack, StackResources, tcp::TcpSocket};
/// use embassy_sync::{blocking_mutex::raw::NoopRawMutex, watch::Watch};
/// use heapless::String;
/// use static_cell::{ConstStaticCell, StaticCell};
///
/// const WORKERS: usize = 4;
/// /// A stream of events keeps its worker for as long as it is open, so that there are fewer.
/// const STREAMS: usize = 2;
///
/// /// The state that the pages share. All tasks run on one executor, so that no lock is needed.
/// struct App {
///     level: Watch<NoopRawMutex, u8, STREAMS>,
/// }
///
/// impl Site for App {
///     bantam::routes! {
///         GET "/level" => show,
///         PUT "/level/{percent}" => set,
///         GET "/level/events" => events,
///     }
/// }
///
/// async fn show<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     details.text(Status::OK, format_args!("{} %", app.level.try_get().unwrap_or(0))).await
/// }
///
/// async fn set<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     app.level.sender().send(details.param("percent")?); // 404 for anything but a number up to 255
///     show(app, details).await
/// }
///
/// /// Server-sent events: the level, and every change of it.
/// async fn events<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     let Some(mut level) = app.level.receiver() else { return Err(Status::SERVICE_UNAVAILABLE.into()) };
///     let Some(mut events) = details.events().await? else { return Ok(()) };
///     // Ends when the client has gone.
///     while let Some(percent) = events.wait(level.changed()).await {
///         let text = String::<3>::try_from(percent).unwrap_or_default();
///         events.send(&Event::new(&text)).await?;
///     }
///     Ok(())
/// }
///
/// /// The buffers of a worker: 1 KB + 1 KB for TCP, 1 KB + 512 bytes for HTTP. In statics, so that the linker counts them.
/// struct Memory {
///     receive: [u8; 1024],
///     send: [u8; 1024],
///     buffers: Buffers<1024, 512>,
/// }
///
/// static MEMORY: ConstStaticCell<[Memory; WORKERS]> = ConstStaticCell::new(
///     [const { Memory { receive: [0; 1024], send: [0; 1024], buffers: Buffers::new() } }; WORKERS],
/// );
/// static APP: StaticCell<App> = StaticCell::new();
/// static PORT: StaticCell<ServerPort<WORKERS>> = StaticCell::new();
/// static RESOURCES: StaticCell<StackResources<{ WORKERS + 1 }>> = StaticCell::new(); // one for DHCP
///
/// #[embassy_executor::task(pool_size = WORKERS)]
/// async fn worker(
///     stack: Stack<'static>,
///     port: &'static ServerPort<WORKERS>,
///     app: &'static App,
///     memory: &'static mut Memory,
/// ) {
///     let mut socket = TcpSocket::new(stack, &mut memory.receive, &mut memory.send);
///     run_worker(port, &mut socket, app, &mut memory.buffers).await;
/// }
///
/// async fn start(spawner: Spawner, driver: impl Driver, seed: u64) {
///     let app: &App = APP.init(App { level: Watch::new_with(0) });
///     let port: &ServerPort<WORKERS> = PORT.init(ServerPort::new(80, Deadlines::DEFAULT));
///     // The filter lets clients wait while all workers are busy.
///     let driver = SynFilter::<_, WORKERS>::new(driver, port);
///     let (stack, mut runner) =
///         embassy_net::new(driver, Config::default(), RESOURCES.init(StackResources::new()), seed);
///     for memory in MEMORY.take() {
///         spawner.spawn(worker(stack, port, app, memory).expect("the pool has four"));
///     }
///     runner.run().await
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
pub async fn run_worker<S: Site, const WORKERS: usize, const INPUT: usize, const OUTPUT: usize>(
    port: &ServerPort<WORKERS>,
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

/// Like [`run_worker`], with a layer around the stream of every connection, from its start to its end.
pub async fn run_worker_through<
    L: StreamLayer,
    S: Site,
    const WORKERS: usize,
    const INPUT: usize,
    const OUTPUT: usize,
>(
    port: &ServerPort<WORKERS>,
    socket: &mut TcpSocket<'_>,
    layer: &L,
    site: &S,
    buffers: &mut Buffers<INPUT, OUTPUT>,
) -> Infallible {
    let mut stream = WorkerStream::new(port, socket);
    loop {
        stream.accept().await;
        #[cfg(any(feature = "log", feature = "defmt"))]
        let peer = peer(stream.peer_addr());
        let mut wrapped = layer.wrap(&mut stream);
        let served = serve(&mut wrapped, &mut buffers.state(), site).await;
        if served.is_ok() {
            end(&mut wrapped).await;
        }
        drop(wrapped);
        match served {
            Ok(()) => stream.close_gracefully().await,
            #[cfg(any(feature = "log", feature = "defmt"))]
            Err(error) => event!(info, "{}: dropped: {}", peer, error),
            #[cfg(not(any(feature = "log", feature = "defmt")))]
            Err(_) => {}
        }
        stream.reset().await;
    }
}
