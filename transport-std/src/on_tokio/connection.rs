//! The task of a connection.
//! Invariant: a connection without a request holds no buffers, and ends when the server stops.

use std::future::{Future as _, poll_fn};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;

use bantam::{Outcome, Site};
use tokio::io::ReadBuf;
use tokio::net::TcpStream;

use super::stream::{ParkState, PhaseSleep, PhaseStream};
use super::worker_context::WorkerContext;
use crate::shared::guard::Guarded;
use crate::shared::proxy_header::{HeaderProgress, read_proxy_header};
use crate::shared::serve::serve_connection;

/// What is left of a connection that is over.
pub(super) enum Ended {
    /// Nothing: close it.
    Closed(#[expect(dead_code, reason = "is dropped after the permit")] TcpStream),
    /// Its last response is written, and the peer may still send.
    Lingering(TcpStream),
    /// It lacks the PROXY protocol header.
    Malformed(TcpStream),
}

/// Serves a connection to its end.
pub(super) async fn run_connection<S: Site>(
    context: &WorkerContext,
    site: &S,
    mut socket: TcpStream,
    peer: Option<SocketAddr>,
) -> Ended {
    let client = match wait_for_client(context, &socket, peer).await {
        HeaderProgress::Client(client) => client,
        HeaderProgress::Malformed => return Ended::Malformed(socket),
        HeaderProgress::Pending | HeaderProgress::Gone => return Ended::Closed(socket),
    };
    let (park, is_local) = (ParkState::default(), peer.is_none());
    while wait_readable(context, &socket).await
        && Guarded::new(Box::pin(serve(context, site, &mut socket, &park, client, is_local))).await
            == Some(Outcome::Idle)
    {}
    if park.lingers.get() { Ended::Lingering(socket) } else { Ended::Closed(socket) }
}

/// Serves the requests that have arrived.
async fn serve<S: Site>(
    context: &WorkerContext,
    site: &S,
    socket: &mut TcpStream,
    park: &ParkState,
    client: Option<SocketAddr>,
    is_local: bool,
) -> Outcome {
    let _active = context.activate();
    let mut buffers = context.acquire_buffers();
    let outcome = {
        park.begin();
        let mut stream = PhaseStream::new(socket, context, park, client, is_local);
        let mut state = buffers.state(&context.server.config);
        serve_connection(&mut stream, &mut state, site, || park.is_parked()).await
    };
    context.release_buffers(buffers);
    outcome
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

/// Waits for the first byte of a request, the end of the connection or an error. Returns false if the phase or the server
/// ends first.
async fn wait_readable(context: &WorkerContext, socket: &TcpStream) -> bool {
    let mut sleep = PhaseSleep::new(&context.server.config.deadlines);
    let mut draining = pin!(context.draining());
    poll_fn(|task| {
        if socket.poll_read_ready(task).is_ready() {
            return Poll::Ready(true);
        }
        if draining.as_mut().poll(task).is_ready() {
            return Poll::Ready(false);
        }
        sleep.poll(task).map(|()| false)
    })
    .await
}
