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
use crate::stream_layer::{StreamLayer, end};

/// Serves requests of `server`'s clients in `buffers`. Pass the future to [`TcpServer::poll`]; it never returns.
///
/// A request head has to fit `INPUT`, a response head `OUTPUT`. Every wait has the deadline of its phase
/// ([`bantam::Deadlines`]). Dropping the future closes the connection that it serves; the socket then listens again.
///
/// ```no_run
/// use core::cell::Cell;
/// use core::future::poll_fn;
/// use core::pin::pin;
/// use core::task::Poll;
/// # use core::time::Duration;
///
/// use bantam::wire::{Event, Status};
/// use bantam::{Buffers, Connection, Deadlines, RequestDetails, Site};
/// use bantam_embedded::tcp::{TcpServer, serve_slot};
/// use smoltcp::iface::{Interface, SocketSet, SocketStorage};
/// use smoltcp::phy::Device;
/// use static_cell::{ConstStaticCell, StaticCell};
/// # fn now() -> Duration { Duration::ZERO }
/// # fn wait_for_packet_until(_: Option<Duration>) {}
///
/// /// The state that the pages share. Everything runs in one loop, so that a `Cell` is enough.
/// struct App {
///     is_on: Cell<bool>,
/// }
///
/// impl Site for App {
///     bantam::routes! {
///         GET "/led" => show,
///         PUT "/led/{is_on}" => switch,
///         GET "/led/events" => events,
///     }
/// }
///
/// async fn show<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     details.text(Status::OK, format_args!("{}", app.is_on.get())).await
/// }
///
/// async fn switch<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     app.is_on.set(details.param("is_on")?); // 404 for anything but `true` and `false`
///     show(app, details).await
/// }
///
/// /// Server-sent events: the state of the LED, and every change of it.
/// async fn events<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     let Some(mut events) = details.events().await? else { return Ok(()) };
///     let mut sent = None;
///     // Every turn of the loop polls every page: a condition needs no waker.
///     let next = |sent| poll_fn(move |_| {
///         Some(app.is_on.get()).filter(|is_on| sent != Some(*is_on)).map_or(Poll::Pending, Poll::Ready)
///     });
///     // Ends when the client has gone.
///     while let Some(is_on) = events.wait(next(sent)).await {
///         events.send(&Event::new(if is_on { "true" } else { "false" })).await?;
///         sent = Some(is_on);
///     }
///     Ok(())
/// }
///
/// // A browser opens six connections: eight sockets serve it and leave two for others.
/// const SOCKETS: usize = 8;
/// // A stream of events keeps its slot for as long as it is open: three streams, and one slot for all other requests.
/// const SLOTS: usize = 4;
/// // In statics, so that the linker counts them.
/// static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();
/// static BYTES: ConstStaticCell<[[[u8; 512]; 2]; SOCKETS]> = ConstStaticCell::new([[[0; 512]; 2]; SOCKETS]);
/// static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
///     ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
/// static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();
///
/// fn run<D: Device>(mut device: D, mut interface: Interface) -> ! {
///     let app = App { is_on: Cell::new(false) };
///     let sockets = SocketSet::new(&mut STORAGE.init([SocketStorage::EMPTY; SOCKETS])[..]);
///     let server = SERVER.init(TcpServer::new(sockets, 80, Deadlines::DEFAULT));
///     for [receive, send] in BYTES.take() {
///         server.add(receive, send);
///     }
///     let server = &*server;
///     let [a, b, c, d] = BUFFERS.take();
///     let mut slots = [
///         pin!(serve_slot(server, &app, a)),
///         pin!(serve_slot(server, &app, b)),
///         pin!(serve_slot(server, &app, c)),
///         pin!(serve_slot(server, &app, d)),
///     ];
///     loop {
///         let wake = server.poll(now(), &mut device, &mut interface, &mut slots);
///         // Here the board reads its buttons, and sets its LED to `app.is_on`.
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

/// Like [`serve_slot`], with a layer around the stream of every connection. A connection of a layer with state
/// ([`StreamLayer::IS_STATEFUL`]) keeps its slot between requests, so that there may be as many connections as slots.
pub async fn serve_slot_through<
    L: StreamLayer,
    S: Site,
    const SOCKETS: usize,
    const INPUT: usize,
    const OUTPUT: usize,
>(
    server: &TcpServer<'_, SOCKETS>,
    layer: &L,
    site: &S,
    buffers: &mut Buffers<INPUT, OUTPUT>,
) -> Infallible {
    loop {
        let handle = poll_fn(|_| server.claim().map_or(Poll::Pending, Poll::Ready)).await;
        let mut stream = SlotStream::new(server, handle);
        #[cfg(any(feature = "log", feature = "defmt"))]
        let peer = peer(stream.peer_addr());
        let mut wrapped = layer.wrap(&mut stream);
        let outcome = loop {
            let outcome = serve_until_idle(&mut wrapped, &mut buffers.state(), site).await;
            if !L::IS_STATEFUL || !matches!(outcome, Ok(Outcome::Idle)) {
                break outcome;
            }
        };
        if matches!(outcome, Ok(Outcome::Closed)) {
            end(&mut wrapped).await;
        }
        drop(wrapped);
        #[cfg(any(feature = "log", feature = "defmt"))]
        if let Err(error) = &outcome {
            event!(info, "{}: dropped: {}", peer, error);
        }
        stream.keep = matches!(outcome, Ok(Outcome::Idle));
    }
}
