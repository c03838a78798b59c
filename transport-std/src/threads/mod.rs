//! Mode `Threads`: one thread accepts, and a bounded pool of threads serves one connection each.
//!
//! * [`accept_loop`]: accepts connections into the pool.
//! * [`pool`]: the queue, the connections that are served, and the wait for their end.
//! * [`connection`]: what the pool and the serving thread know of a connection.
//! * [`worker`]: a serving thread; [`stream`] is its transport.

mod accept_loop;
mod connection;
mod pool;
mod stream;
mod worker;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use bantam::Site;
use log::warn;
use mio::{Poll, Token, Waker};

use self::accept_loop::AcceptLoop;
use self::pool::Pool;
use self::worker::ThreadContext;
use crate::net::{Listener, per_worker};
use crate::shared::accept::AcceptBackoff;
use crate::shared::acceptor::Acceptor;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::spawn::Workers;

/// Starts the accepting thread, which starts up to `workers` serving threads as they are needed.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Listener>,
    workers: usize,
    config: Config,
    site: S,
) -> io::Result<Workers> {
    let (poll, pool) = (Poll::new()?, Arc::new(Pool::new(workers)));
    let waker = Arc::new(Waker::new(poll.registry(), Token(usize::MAX))?);
    let server = ServerContext::new(config, vec![Arc::clone(&pool) as _, waker])?;
    let listeners = per_worker(listeners, 1)?.into_iter().flatten().collect();
    let acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default())?;
    let (state, context) = (Arc::clone(&server.state), Arc::new(ThreadContext { pool, server, site }));
    let (pool, stop) = (Arc::clone(&context.pool), Arc::clone(&state));
    let accept_loop = AcceptLoop { poll, acceptor, context };
    let thread = std::thread::Builder::new().name("bantam-accept".into()).spawn(|| accept_loop.run())?;
    let join = move || {
        if thread.join().is_err() {
            warn!("the accept loop has panicked");
            stop.shut_down(Some(Instant::now()));
        }
        pool.join(&stop)
    };
    Ok(Workers { state, join: Box::new(join) })
}
