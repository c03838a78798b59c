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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::Duration;

    use bantam::{Connection, Deadlines, RequestDetails, Response, wire::Status};

    use super::*;
    use crate::access::log::LogObserver;
    use crate::proxy::TrustedProxies;

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
        let listeners = net::per_worker(vec![Listener::Tcp(listener)], 1).unwrap().remove(0);
        let acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default()).unwrap();
        let config = Config {
            deadlines: Deadlines::DEFAULT,
            max_connections: 2,
            body_limit: u64::MAX,
            observer: Arc::new(LogObserver),
            proxies: Arc::new(TrustedProxies::default()),
        };
        let server = ServerContext::new(config, vec![Arc::clone(&wakes) as _]).unwrap();
        let state = Arc::clone(&server.state);
        let worker = thread::spawn(move || {
            let (context, panics) = (Rc::new(LoopContext::new(server)), Cell::new(2_u8));
            let parts = WorkerParts { poll, acceptor, wakes };
            Worker::new(parts, context, |io| {
                if let Some(left) = panics.get().checked_sub(1) {
                    panics.set(left);
                    panic!("on purpose");
                }
                Box::pin(serve_slot(io, Arc::new(Hello)))
            })
            .run()
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
