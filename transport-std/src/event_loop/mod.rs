//! Mode `EventLoop`: an event loop over mio in each of a few threads.
//!
//! * [`worker`]: the loop of one thread: poll, accept ([`accept`]), expire timers, poll slots.
//! * [`polled_socket`]: a socket and its readiness, which is all that an idle plain connection has; [`connection`]: with what comes
//!   before HTTP.
//! * [`entry`]: what the loop knows of a connection: where its socket is, and its deadline.
//! * [`slot`]: buffers and a future, lent to a connection while a request is under way; [`slot_io`] is what it shares with
//!   the worker, and [`slot_transport`] its transport.
//! * [`idle`]: finds the connection that makes way for another at the limit.
//! * [`waker`], [`timers`], [`loop_context`]: wakes from other threads, deadlines, and what a worker's connections share.

mod accept;
mod connection;
mod entry;
mod idle;
mod loop_context;
mod peer_addr;
mod polled_socket;
mod slot;
mod slot_io;
mod slot_transport;
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
use self::worker::{NewFuture, WAKER, Worker, WorkerParts};
use crate::net::Listener;
use crate::shared::accept::AcceptBackoff;
use crate::shared::acceptor::Acceptor;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::spawn::Workers;
use crate::shared::state::WorkerHandle;

/// Starts a thread for each of these sets of listeners.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Vec<Listener>>,
    config: Config,
    site: S,
) -> io::Result<Workers> {
    let site = Arc::new(site);
    start_workers(listeners, config, Arc::new(move |io| Box::pin(serve_slot(io, Arc::clone(&site)))))
}

fn start_workers(
    listeners: Vec<Vec<Listener>>,
    config: Config,
    new_future: NewFuture,
) -> io::Result<Workers> {
    let backoff = AcceptBackoff::default();
    let (mut parts, mut handles) = (Vec::new(), Vec::<Arc<dyn WorkerHandle>>::new());
    for listeners in listeners {
        let poll = Poll::new()?;
        let wakes = WakeQueue::new(Waker::new(poll.registry(), WAKER)?);
        let acceptor = Acceptor::new(listeners, poll.registry(), backoff.clone())?;
        handles.push(Arc::clone(&wakes) as _);
        parts.push(WorkerParts { poll, acceptor, wakes });
    }
    let server = ServerContext::new(config, handles)?;
    Workers::spawn(Arc::clone(&server.state), parts, move |parts| {
        Worker::new(parts, Rc::new(LoopContext::new(server.clone())), Arc::clone(&new_future)).run()
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
    use std::thread;
    use std::time::Duration;

    use bantam::{Connection, Deadlines, RequestDetails, Response, wire::Status};

    use super::slot::ServeFuture;
    use super::*;
    use crate::access::log::LogObserver;
    use crate::proxy::TrustedProxies;
    use crate::shared::limits::ConnectionLimits;

    struct Hello;

    impl Site for Hello {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
        }
    }

    #[test]
    fn a_worker_that_panics_goes_on_and_counts_its_connections_out() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let poll = Poll::new().unwrap();
        let wakes = WakeQueue::new(Waker::new(poll.registry(), WAKER).unwrap());
        let listeners = crate::net::per_worker(vec![Listener::Tcp(listener)], 1).unwrap().remove(0);
        let acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default()).unwrap();
        let config = Config {
            deadlines: Deadlines::DEFAULT,
            limits: ConnectionLimits::NONE,
            max_connections: 2,
            body_limit: u64::MAX,
            max_head: 8192,
            observer: Arc::new(LogObserver),
            proxies: Arc::new(TrustedProxies::default()),
            tls: None,
        };
        let server = ServerContext::new(config, vec![Arc::clone(&wakes) as _]).unwrap();
        let state = Arc::clone(&server.state);
        let worker = thread::spawn(move || {
            let (context, panics) = (Rc::new(LoopContext::new(server)), AtomicU8::new(2));
            let parts = WorkerParts { poll, acceptor, wakes };
            let new_future = move |io| -> ServeFuture {
                if panics.load(Relaxed) > 0 {
                    panics.fetch_sub(1, Relaxed);
                    panic!("on purpose");
                }
                Box::pin(serve_slot(io, Arc::new(Hello)))
            };
            Worker::new(parts, context, Arc::new(new_future)).run()
        });
        let connect = || {
            let client = TcpStream::connect(address).unwrap();
            client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            client
        };
        for _ in 0..2 {
            let (mut idle, mut first) = (connect(), connect());
            while state.connections().open < 2 {
                thread::yield_now();
            }
            first.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
            // The end, or a reset: its request has not been read.
            assert_eq!(first.read(&mut [0; 8]).unwrap_or(0), 0);
            assert_eq!(idle.read(&mut [0; 8]).unwrap(), 0);
        }
        let (mut client, mut response) = (connect(), String::new());
        client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        client.read_to_string(&mut response).unwrap();
        assert!(response.ends_with("hello"), "{response}");
        while state.connections().open > 0 {
            thread::yield_now();
        }
        state.shut_down(None);
        state.worker_done(worker.join().unwrap());
        assert_eq!((state.join_workers(1), state.worker_panics()), (4, 2));
    }
}
