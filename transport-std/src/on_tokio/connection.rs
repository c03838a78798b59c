//! Law: a connection without a request keeps no buffers, and ends when the server stops.

use std::future::{Future as _, poll_fn};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;

use bantam::{Outcome, Site, recover, serve_until_idle};
use embedded_io_adapters::tokio_1::FromTokio;
use log::debug;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::stream::{State, Stream, Timer};
use super::worker_context::Room;
use crate::access::peer_name::PeerName;
use crate::shared::reject::Refused;
use crate::shared::serve::guarded;

/// Serves a connection to its end.
pub(super) async fn connection<S: Site>(
    room: &Room,
    site: &S,
    mut socket: TcpStream,
    peer: Option<SocketAddr>,
) {
    let address = match introduced(room, &socket, peer).await {
        Ok(client) => client,
        Err(error) => {
            debug!("{}: {error}", PeerName(peer));
            if error.kind() == ErrorKind::InvalidData {
                room.refuse(socket, Refused::for_silence);
            }
            return;
        }
    };
    while has_request(room, &socket).await {
        let _busy = room.is_busy();
        let mut memory = room.take_memory();
        let state = State::default();
        let served = {
            let mut session = memory.state().body_limit(room.orders.body_limit);
            let timer = Timer::new(&room.orders.deadlines);
            let state = &state;
            let mut stream = Stream {
                socket: FromTokio::new(&mut socket),
                room,
                address,
                timer,
                state,
                begun: Instant::now(),
            };
            let serving = Box::pin(serve_until_idle(&mut stream, &mut session, site));
            match guarded(serving, || state.waits_for_first_byte()).await {
                Some(served) => served,
                None => recover(&mut stream, &mut session).await.map(|()| Outcome::Closed),
            }
        };
        room.give_back(memory);
        match served {
            Ok(Outcome::Idle) => {}
            Ok(_) => break,
            Err(error) => {
                debug!("{}: {error}", PeerName(address));
                break;
            }
        }
    }
}

/// Hears who is there, where somebody has to say that before his first request.
async fn introduced(
    room: &Room,
    socket: &TcpStream,
    peer: Option<SocketAddr>,
) -> io::Result<Option<SocketAddr>> {
    let Some(mut preface) = room.orders.proxies.expects_header(peer) else { return Ok(peer) };
    let mut timer = Timer::new(&room.orders.deadlines);
    let mut stops = pin!(room.stops.notified());
    let client = poll_fn(|context| {
        let peek = |memory: &mut [u8]| match socket.poll_peek(context, &mut ReadBuf::new(memory)) {
            Poll::Ready(peeked) => peeked,
            Poll::Pending => Err(ErrorKind::WouldBlock.into()),
        };
        match preface.poll(peek, |memory| socket.try_read(memory)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            heard => return Poll::Ready(heard),
        }
        if stops.as_mut().poll(context).is_ready() || room.is_closing() {
            return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
        }
        timer.poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    });
    Ok(client.await?.or(peer))
}

/// Waits for the first byte of a request; `false` if the time for it is up, or the server stops.
async fn has_request(room: &Room, socket: &TcpStream) -> bool {
    let mut timer = Timer::new(&room.orders.deadlines);
    let mut stops = pin!(room.stops.notified());
    poll_fn(|context| {
        // Whatever it is that has come, to read it will say.
        if socket.poll_read_ready(context).is_ready() {
            return Poll::Ready(true);
        }
        if stops.as_mut().poll(context).is_ready() || room.is_closing() {
            return Poll::Ready(false);
        }
        timer.poll(context).map(|()| false)
    })
    .await
}
