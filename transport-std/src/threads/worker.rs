//! Law: a thread serves one connection at a time, from start to end, in memory it has once; a page that panics costs its
//! own connection and nothing else.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use bantam::{Blocking, Buffers, Site, abandon, blocking, serve};
use embedded_io_adapters::std::FromStd;
use log::debug;

use super::house::{Guest, House};
use super::stream::Stream;
use super::surroundings::Surroundings;
use crate::clock::Clock;
use crate::server::Orders;
use crate::{REQUEST_BUFFER, RESPONSE_BUFFER};

/// The stack of a thread, in bytes of address space: 512 KB, for pages that need some.
pub const STACK: usize = 512 * 1024;

/// What every worker thread needs to know.
pub(crate) struct Work<S> {
    pub(crate) house: Arc<House>,
    pub(crate) site: S,
    pub(crate) orders: Orders,
}

impl<S: Site + Send + Sync + 'static> Work<S> {
    /// Starts a thread more.
    pub(crate) fn spawn(self: &Arc<Self>) -> io::Result<()> {
        let work = Arc::clone(self);
        let builder = thread::Builder::new().name("bantam-worker".into()).stack_size(STACK);
        builder.spawn(move || work.run()).map(drop)
    }

    fn run(&self) {
        let mut buffers = Box::new(Buffers::<REQUEST_BUFFER, RESPONSE_BUFFER>::new());
        let mut clock = Clock::new();
        while let Some(guest) = self.house.next() {
            self.serve(&guest, &mut buffers, &mut clock);
        }
    }

    fn serve(
        &self,
        guest: &Guest<'_>,
        buffers: &mut Buffers<REQUEST_BUFFER, RESPONSE_BUFFER>,
        clock: &mut Clock,
    ) {
        let (client, observer) = (guest.peer.address, &*self.orders.observer);
        let mut session = buffers.session().body_limit(self.orders.body_limit);
        let mut transport = Blocking {
            stream: FromStd::new(Stream::new(Arc::clone(&guest.peer), self.orders.deadlines)),
            hooks: Surroundings { client, clock, house: &self.house, observer, begun: Instant::now() },
        };
        // All that the unwinding future leaves behind is the session, which is made for that.
        let served =
            catch_unwind(AssertUnwindSafe(|| blocking::run(serve(&mut transport, &mut session, &self.site))));
        let ended = match served {
            Ok(ended) => ended,
            Err(_) => blocking::run(abandon(&mut transport, &mut session)),
        };
        if let Err(error) = ended {
            debug!("{client}: {error}");
        }
    }
}
