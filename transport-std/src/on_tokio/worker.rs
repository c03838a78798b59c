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
use super::connection::{Ended, Serve, run_connection};
use super::worker_context::{WorkerContext, WorkerNotify};
use crate::access::observer::RejectedConnection;
use crate::net::Listener;
use crate::shared::accept::AcceptBackoff;
use crate::shared::acceptor::MAX_QUEUED;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::spawn::Workers;
use crate::shared::state::{Permit, WorkerHandle};

/// How often a connection that makes way is given the time to end.
const WAY_YIELDS: usize = 8;

/// Starts a thread for each of these sets of listeners.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Vec<Listener>>,
    config: Config,
    site: S,
) -> io::Result<Workers> {
    start_workers(listeners, config, Arc::new(site))
}

fn start_workers(
    listeners: Vec<Vec<Listener>>,
    config: Config,
    site: Arc<dyn Serve + Send + Sync>,
) -> io::Result<Workers> {
    let backoff = AcceptBackoff::default();
    let (mut parts, mut handles) = (Vec::new(), Vec::<Arc<dyn WorkerHandle>>::new());
    for listeners in listeners {
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
fn run(
    runtime: &Runtime,
    context: &Rc<WorkerContext>,
    site: &Arc<dyn Serve + Send + Sync>,
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
                let admitted = admit_or_make_way(context, address).await;
                start_task(context, site, socket, address, admitted);
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
                start_task(context, site, socket, address, context.server.admit(address));
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

/// Counts a connection in. At the limit, closes an idle one and lets its task end.
async fn admit_or_make_way(
    context: &WorkerContext,
    peer: Option<SocketAddr>,
) -> Result<Permit, RejectedConnection> {
    let mut admitted = context.server.admit(peer);
    if matches!(admitted, Err(RejectedConnection::Limit)) && context.make_way() {
        for _ in 0..WAY_YIELDS {
            yield_now().await;
            admitted = context.server.admit(peer);
            if admitted.is_ok() {
                break;
            }
        }
    }
    admitted
}

/// Starts the task of a connection, if it is admitted.
fn start_task(
    context: &Rc<WorkerContext>,
    site: &Arc<dyn Serve + Send + Sync>,
    socket: TcpStream,
    address: Option<SocketAddr>,
    admitted: Result<Permit, RejectedConnection>,
) {
    let permit = match admitted {
        Ok(permit) => permit,
        Err(why) => {
            if let Ok(socket) = socket.into_std() {
                context.server.reject(socket, address, why);
            }
            return;
        }
    };
    let (guard, site) = (OpenGuard { context: Rc::clone(context), permit }, Arc::clone(site));
    tokio::task::spawn_local(async move {
        let ended = run_connection(&guard.context, &guard.permit, &*site, socket, address).await;
        let context = Rc::clone(&guard.context);
        drop(guard);
        let server = &context.server;
        match ended {
            Ended::Closed(_) => {}
            Ended::Lingering(socket) => drop(socket.into_std().map(|socket| server.linger(socket))),
            Ended::Rejected(socket, client, why) => {
                drop(socket.into_std().map(|socket| server.reject(socket, client, why)));
            }
        }
    });
}

/// Counts a connection of this worker as open until it is dropped.
struct OpenGuard {
    context: Rc<WorkerContext>,
    permit: Permit,
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        self.context.closed.notify_one();
    }
}
