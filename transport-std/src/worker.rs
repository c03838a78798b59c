//! Law: a thread serves one connection at a time, from start to end, in memory it has once; a page that panics costs its
//! own connection and nothing else.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use bantam::{Blocking, Buffers, Deadlines, Site, abandon, blocking, serve};
use embedded_io_adapters::std::FromStd;
use log::debug;

use crate::clock::Clock;
use crate::house::{Guest, House};
use crate::observer::Observer;
use crate::stream::Stream;
use crate::surroundings::Surroundings;

/// The request buffer of a thread: 8 KB, which browsers with large cookies need.
pub const REQUEST_BUFFER: usize = 8 * 1024;
/// The response buffer of a thread: 16 KB; what is longer passes through in pieces.
pub const RESPONSE_BUFFER: usize = 16 * 1024;
/// The stack of a thread, in bytes of address space: 512 KB, for pages that need some.
pub const STACK: usize = 512 * 1024;

/// What every worker thread needs to know.
pub(crate) struct Work<S> {
    pub(crate) house: Arc<House>,
    pub(crate) site: S,
    pub(crate) deadlines: Deadlines,
    pub(crate) body_limit: u64,
    pub(crate) observer: Arc<dyn Observer>,
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
        let (client, observer) = (guest.peer.address, &*self.observer);
        let mut session = buffers.session().body_limit(self.body_limit);
        let mut transport = Blocking {
            stream: FromStd::new(Stream::new(Arc::clone(&guest.peer), self.deadlines)),
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
