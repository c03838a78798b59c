//! Mode `EventLoop`: an event loop over mio in each of a few threads.
//!
//! * [`worker`]: the loop of one thread: poll, accept, expire timers, poll slots.
//! * [`connection`]: a socket and its readiness, which is all that an idle connection has.
//! * [`slot`]: buffers and a future, lent to a connection while a request is under way; [`slot_io`] is its transport.
//! * [`waker`], [`timers`], [`loop_context`]: wakes from other threads, deadlines, and what a worker's connections share.

mod connection;
mod loop_context;
mod slot;
mod slot_io;
mod timers;
mod waker;
mod worker;

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use bantam::Site;
use mio::{Poll, Waker};

use self::loop_context::LoopContext;
use self::slot::serve_slot;
use self::waker::WakeQueue;
use self::worker::{WAKER, Worker, WorkerParts};
use crate::net::{self, Listener};
use crate::shared::accept::AcceptBackoff;
use crate::shared::acceptor::Acceptor;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::spawn::Workers;
use crate::shared::state::WorkerHandle;

/// Starts the threads.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Listener>,
    workers: usize,
    config: Config,
    site: S,
) -> io::Result<Workers> {
    let (site, backoff) = (Arc::new(site), AcceptBackoff::default());
    let (mut parts, mut handles) = (Vec::new(), Vec::<Arc<dyn WorkerHandle>>::new());
    for listeners in net::per_worker(listeners, workers)? {
        let poll = Poll::new()?;
        let wakes = WakeQueue::new(Waker::new(poll.registry(), WAKER)?);
        let acceptor = Acceptor::new(listeners, poll.registry(), backoff.clone())?;
        handles.push(Arc::clone(&wakes) as _);
        parts.push(WorkerParts { poll, acceptor, wakes });
    }
    let server = ServerContext::new(config, handles)?;
    Workers::spawn(Arc::clone(&server.state), parts, move |parts| {
        let context = Rc::new(LoopContext::new(server.clone()));
        Worker::new(parts, context, |io| Box::pin(serve_slot(io, Arc::clone(&site)))).run()
    })
}
