//! The task of a connection.
//! Invariant: a connection without a request holds no buffers, and ends when the server stops.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bantam::{Phase, Site};
use tokio::io::ReadBuf;
use tokio::net::TcpStream;

use super::phase_sleep::PhaseSleep;
use super::stream::{ParkState, PhaseStream};
use super::tls_stream::{TlsStream, TryStream};
use super::worker_context::WorkerContext;
use crate::access::observer::RejectedConnection;
use crate::access::peer_name::PeerName;
use crate::shared::config::Config;
use crate::shared::guard::{Guarded, report};
use crate::shared::handshake::{HandshakeProgress, shake_hands};
use crate::shared::proxy_header::{HeaderProgress, read_proxy_header};
use crate::shared::serve::{Served, serve_connection};
use crate::shared::state::Permit;
use crate::tls::Session;

/// What is left of a connection that is over.
pub(super) enum Ended {
    /// Nothing: close it.
    Closed(#[expect(dead_code, reason = "is dropped after the permit")] TcpStream),
    /// Its last response is written, and the peer may still send.
    Lingering(TcpStream),
    /// It lacks what has to come before a request.
    Rejected(TcpStream, Option<SocketAddr>, RejectedConnection),
}

/// Serves a connection to its end.
pub(super) async fn run_connection(
    context: &WorkerContext,
    permit: &Permit,
    site: &dyn Serve,
    mut socket: TcpStream,
    peer: Option<SocketAddr>,
) -> Ended {
    let (park, is_local) = (ParkState::new(), peer.is_none());
    let client = match wait_for_client(context, &socket, peer).await {
        HeaderProgress::Client(client) => client,
        HeaderProgress::Malformed => return Ended::Rejected(socket, None, RejectedConnection::ProxyHeader),
        HeaderProgress::Pending | HeaderProgress::Gone => return Ended::Closed(socket),
    };
    if !context.server.assign(permit, client) {
        return Ended::Rejected(socket, client, RejectedConnection::ClientLimit);
    }
    let mut tls = match context.server.accept_tls(peer) {
        Ok(tls) => tls.map(Box::new),
        Err(error) => {
            report!(warn, "{}: {error}", PeerName(client));
            return Ended::Closed(socket);
        }
    };
    if let Some(session) = &mut tls {
        match wait_for_handshake(context, &socket, session, client).await {
            HandshakeProgress::Complete => {}
            HandshakeProgress::Rejected(why) => return Ended::Rejected(socket, client, why),
            HandshakeProgress::Pending | HandshakeProgress::Gone => return Ended::Closed(socket),
        }
    }
    let mut served = Served::Idle;
    while served == Served::Idle {
        served = Served::Closed;
        if wait_readable(context, &socket, tls.as_deref(), &park).await {
            let arrived = Arrived {
                context,
                socket: &mut socket,
                tls: tls.as_deref_mut(),
                park: &park,
                client,
                is_local,
            };
            served = Guarded::new(site.serve(arrived)).await.unwrap_or(Served::Aborted);
        }
    }
    if let (Served::Closed, Some(session)) = (served, &mut tls) {
        // What the send buffer does not take is lost: the peer takes nothing.
        let _ = session.close(&mut TryStream(&socket));
    }
    if park.lingers.get() { Ended::Lingering(socket) } else { Ended::Closed(socket) }
}

/// A connection on which something has arrived.
pub(super) struct Arrived<'s> {
    context: &'s WorkerContext,
    socket: &'s mut TcpStream,
    tls: Option<&'s mut Session>,
    park: &'s ParkState,
    client: Option<SocketAddr>,
    is_local: bool,
}

/// The site of a server. Behind it the tasks of connections know nothing of it: they are compiled once for all.
pub(super) trait Serve {
    /// Serves the requests that have arrived.
    fn serve<'s>(&'s self, arrived: Arrived<'s>) -> Pin<Box<dyn Future<Output = Served> + 's>>;
}

impl<S: Site> Serve for S {
    fn serve<'s>(&'s self, arrived: Arrived<'s>) -> Pin<Box<dyn Future<Output = Served> + 's>> {
        Box::pin(serve(arrived, self))
    }
}

async fn serve<S: Site>(arrived: Arrived<'_>, site: &S) -> Served {
    let Arrived { context, socket, tls, park, client, is_local } = arrived;
    let _active = context.activate();
    let mut buffers = context.acquire_buffers();
    let served = {
        park.begin(context.server.config.limits.max_rate.is_some());
        let mut stream = PhaseStream::new(socket, tls, context, park, client, is_local);
        let mut state = buffers.state(&context.server.config);
        serve_connection(&mut stream, &mut state, site, || park.is_parked()).await
    };
    context.release_buffers(buffers);
    served
}

/// Reads the PROXY protocol header, if the peer has to send one.
async fn wait_for_client(
    context: &WorkerContext,
    socket: &TcpStream,
    peer: Option<SocketAddr>,
) -> HeaderProgress {
    let config = &context.server.config;
    let Some(mut header) = config.proxies.expects_header(peer) else { return HeaderProgress::Client(peer) };
    let mut sleep = PhaseSleep::new(&config.deadlines);
    let mut draining = pin!(context.draining());
    poll_fn(|task| {
        let peek = |memory: &mut [u8]| match socket.poll_peek(task, &mut ReadBuf::new(memory)) {
            Poll::Ready(peeked) => peeked,
            Poll::Pending => Err(ErrorKind::WouldBlock.into()),
        };
        match read_proxy_header(&mut header, peer, peek, |memory| socket.try_read(memory)) {
            HeaderProgress::Pending => {}
            progress => return Poll::Ready(progress),
        }
        if draining.as_mut().poll(task).is_ready() || sleep.poll(task).is_ready() {
            return Poll::Ready(HeaderProgress::Gone);
        }
        Poll::Pending
    })
    .await
}

/// Waits until the TLS handshake is complete, within the time of a request head.
async fn wait_for_handshake(
    context: &WorkerContext,
    socket: &TcpStream,
    session: &mut Session,
    client: Option<SocketAddr>,
) -> HandshakeProgress {
    let mut sleep = PhaseSleep::new(&context.server.config.deadlines);
    sleep.enter(Phase::Head);
    let mut draining = pin!(context.draining());
    poll_fn(|task| {
        match shake_hands(session, &mut TlsStream { socket, task }, client) {
            HandshakeProgress::Pending => {}
            progress => return Poll::Ready(progress),
        }
        if draining.as_mut().poll(task).is_ready() || sleep.poll(task).is_ready() {
            return Poll::Ready(HandshakeProgress::Gone);
        }
        Poll::Pending
    })
    .await
}

/// Waits for the first byte of a request, the end of the connection or an error. Returns false if the phase or the server
/// ends first.
async fn wait_readable(
    context: &WorkerContext,
    socket: &TcpStream,
    tls: Option<&Session>,
    park: &ParkState,
) -> bool {
    let Config { deadlines, limits, .. } = &context.server.config;
    let mut sleep = PhaseSleep::new(deadlines);
    if limits.max_age != Duration::MAX {
        sleep.enter_for(Phase::Idle, limits.idle_time(deadlines.idle, || park.age()));
    }
    let mut draining = pin!(context.draining());
    poll_fn(|task| {
        if tls.is_some_and(Session::is_readable) || socket.poll_read_ready(task).is_ready() {
            return Poll::Ready(true);
        }
        if draining.as_mut().poll(task).is_ready() {
            return Poll::Ready(false);
        }
        sleep.poll(task).map(|()| false)
    })
    .await
}
