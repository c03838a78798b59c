//! Law: a thread serves one connection at a time, from start to end, in memory it has once; a page that panics costs its
//! own connection and nothing else.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Instant;

use bantam::{Blocking, Buffers, Site, blocking, recover, serve};
use embedded_io_adapters::std::FromStd;
use log::debug;

use super::connection::Peer;
use super::hooks::Surroundings;
use super::pool::{Guest, House};
use super::stream::Stream;
use crate::access::peer_name::PeerName;
use crate::server::Orders;
use crate::shared::date::DateCache;
use crate::shared::reject::Refused;
use crate::{REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE};

/// The stack of a thread, in bytes of address space: 512 KB, for pages that need some.
pub const THREAD_STACK_SIZE: usize = 512 * 1024;

/// What every worker thread needs to know.
pub(crate) struct Work<S> {
    pub(crate) house: Arc<House>,
    pub(crate) site: S,
    pub(crate) orders: Orders,
    pub(crate) refuser: SyncSender<Refused>,
}

impl<S: Site + Send + Sync + 'static> Work<S> {
    /// Starts a thread more.
    pub(crate) fn spawn(self: &Arc<Self>) -> io::Result<()> {
        let work = Arc::clone(self);
        let builder = thread::Builder::new().name("bantam-worker".into()).stack_size(THREAD_STACK_SIZE);
        builder.spawn(move || work.run()).map(drop)
    }

    fn run(&self) {
        let mut buffers = Box::new(Buffers::<REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE>::new());
        let mut clock = DateCache::new();
        while let Some(guest) = self.house.next() {
            self.serve(&guest, &mut buffers, &mut clock);
        }
    }

    /// Who is there, where somebody has to say that before his first request; `None` where he does not.
    fn introduced(&self, peer: &Peer) -> Option<Option<SocketAddr>> {
        let Some(mut preface) = self.orders.proxies.expects_header(peer.address) else {
            return Some(peer.address);
        };
        match peer.introduces(&mut preface, self.orders.deadlines.idle) {
            Ok(client) => Some(client.or(peer.address)),
            Err(error) => {
                debug!("{}: {error}", PeerName(peer.address));
                if error.kind() == io::ErrorKind::InvalidData
                    && let Ok(client) = peer.socket.try_clone()
                {
                    let _ = self.refuser.try_send(Refused::for_silence(client));
                }
                None
            }
        }
    }

    fn serve(
        &self,
        guest: &Guest<'_>,
        buffers: &mut Buffers<REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE>,
        clock: &mut DateCache,
    ) {
        let Some(client) = self.introduced(&guest.peer) else { return };
        let observer = &*self.orders.observer;
        let mut session = buffers.state().body_limit(self.orders.body_limit);
        let mut transport = Blocking {
            stream: FromStd::new(Stream::new(Arc::clone(&guest.peer), self.orders.deadlines)),
            hooks: Surroundings { client, clock, house: &self.house, observer, begun: Instant::now() },
        };
        // All that the unwinding future leaves behind is the session, which is made for that.
        let served = catch_unwind(AssertUnwindSafe(|| {
            blocking::block_on(serve(&mut transport, &mut session, &self.site))
        }));
        let ended = match served {
            Ok(ended) => ended,
            Err(_) => blocking::block_on(recover(&mut transport, &mut session)),
        };
        if let Err(error) = ended {
            debug!("{}: {error}", PeerName(client));
        }
    }
}
