//! A worker thread: a runtime, its accept loop, and the wait for the end of its connections.

use std::future::{Future as _, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bantam::Site;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, yield_now};
use tokio::time::{sleep, timeout};

use super::acceptor::TokioAcceptor;
use super::connection::{Ended, run_connection};
use super::worker_context::{WorkerContext, WorkerNotify};
use crate::net::{Listener, per_worker};
use crate::shared::accept::AcceptBackoff;
use crate::shared::acceptor::MAX_QUEUED;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::spawn::Workers;
use crate::shared::state::{Permit, WorkerHandle};

/// How often a connection that makes way is given the time to end.
const WAY_YIELDS: usize = 8;

/// Starts the threads.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Listener>,
    workers: usize,
    config: Config,
    site: S,
) -> io::Result<Workers> {
    let (site, backoff) = (Arc::new(site), AcceptBackoff::default());
    let (mut parts, mut handles) = (Vec::new(), Vec::<Arc<dyn WorkerHandle>>::new());
    for listeners in per_worker(listeners, workers)? {
        let notify = Arc::new(WorkerNotify::default());
        handles.push(Arc::clone(&notify) as _);
        parts.push((Builder::new_current_thread().enable_all().build()?, notify, listeners));
    }
    let server = ServerContext::new(config, handles)?;
    Workers::spawn(Arc::clone(&server.state), parts, move |(runtime, notify, listeners)| {
        let context = Rc::new(WorkerContext::new(server.clone(), notify));
        run(&runtime, &context, &site, listeners, &backoff).unwrap_or_else(|error| {
            context.server.state.worker_ended(&error);
            0
        })
    })
}

/// Serves until the server has stopped and every connection is closed, or the deadline of the stop is over; returns how many
/// connections it then aborts.
fn run<S: Site + 'static>(
    runtime: &Runtime,
    context: &Rc<WorkerContext>,
    site: &Arc<S>,
    listeners: Vec<Listener>,
    backoff: &AcceptBackoff,
) -> io::Result<usize> {
    let server = &context.server.state;
    // Each connection's guard has a reference.
    let open = || Rc::strong_count(context) - 1;
    LocalSet::new().block_on(runtime, async {
        let mut acceptor = TokioAcceptor::new(listeners, backoff)?;
        while !server.is_stopping() {
            let mut notified = pin!(context.notify.notify.notified());
            let accepted = poll_fn(|task| match notified.as_mut().poll(task) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => acceptor.poll_accept(task).map(Some),
            });
            if let Some((socket, address)) = accepted.await {
                make_way(context).await;
                admit(context, site, socket, address);
            }
        }
        // Accepts what the kernel has queued: to close the listener would reset it. Each sleep lets tokio read its events, and
        // renews its budget for this task, without which nothing is ready.
        let (mut accepted, mut rounds_without) = (0, 0);
        while rounds_without < 2 && accepted < MAX_QUEUED {
            sleep(Duration::from_millis(1)).await;
            rounds_without += 1;
            while let Poll::Ready((socket, address)) =
                poll_fn(|task| Poll::Ready(acceptor.poll_accept(task))).await
            {
                admit(context, site, socket, address);
                (accepted, rounds_without) = (accepted + 1, 0);
            }
        }
        drop(acceptor);
        context.start_draining();
        while open() > 0 {
            match server.until_abort() {
                Some(Duration::ZERO) => break,
                Some(remaining) => drop(timeout(remaining, until_one_closes(context)).await),
                None => until_one_closes(context).await,
            }
        }
        Ok(open())
    })
}

/// Waits until a connection has closed, or the deadline of the stop has changed.
async fn until_one_closes(context: &WorkerContext) {
    let (mut closed, mut notified) =
        (pin!(context.closed.notified()), pin!(context.notify.notify.notified()));
    poll_fn(|task| match closed.as_mut().poll(task) {
        Poll::Pending => notified.as_mut().poll(task),
        ready => ready,
    })
    .await;
}

/// Closes an idle connection at the limit, and lets its task end.
async fn make_way(context: &WorkerContext) {
    if context.server.state.is_full() && context.make_way() {
        for _ in 0..WAY_YIELDS {
            yield_now().await;
            if !context.server.state.is_full() {
                return;
            }
        }
    }
}

/// Starts the task of a connection, if the limit allows.
fn admit<S: Site + 'static>(
    context: &Rc<WorkerContext>,
    site: &Arc<S>,
    socket: TcpStream,
    address: Option<SocketAddr>,
) {
    let Some(permit) = context.server.state.admit() else {
        if let Ok(socket) = socket.into_std() {
            context.server.rejector.too_many_connections(socket);
        }
        return;
    };
    let (guard, site) = (OpenGuard { context: Rc::clone(context), _permit: permit }, Arc::clone(site));
    tokio::task::spawn_local(async move {
        let ended = run_connection(&guard.context, &*site, socket, address).await;
        let context = Rc::clone(&guard.context);
        drop(guard);
        let server = &context.server;
        match ended {
            Ended::Closed(_) => {}
            Ended::Lingering(socket) => drop(socket.into_std().map(|socket| server.linger(socket))),
            Ended::Malformed(socket) => {
                drop(socket.into_std().map(|socket| server.rejector.missing_proxy_header(socket)));
            }
        }
    });
}

/// Counts a connection of this worker as open until it is dropped.
struct OpenGuard {
    context: Rc<WorkerContext>,
    _permit: Permit,
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        self.context.closed.notify_one();
    }
}
