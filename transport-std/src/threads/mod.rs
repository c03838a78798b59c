//! Mode `Threads`: one thread accepts, and a bounded pool of threads serves one connection each.
//!
//! * [`accept_loop`]: accepts connections into the pool.
//! * [`pool`]: the queue, the connections that are served, and the wait for their end.
//! * [`connection`]: what the pool and the serving thread know of a connection.
//! * [`worker`]: a serving thread; [`stream`] is its transport, and [`park`] polls what it serves.
//! * [`polled_socket`]: a socket that no longer blocks its thread, because its page waits for something else, too.

mod accept_loop;
mod connection;
mod park;
mod polled_socket;
mod pool;
mod stream;
mod tls_stream;
mod worker;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use bantam::Site;
use mio::{Poll, Token, Waker};

use self::accept_loop::AcceptLoop;
use self::pool::Pool;
use self::worker::{Serve, ThreadContext, serve_site};
use crate::net::Listener;
use crate::shared::accept::AcceptBackoff;
use crate::shared::acceptor::Acceptor;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::guard::guard;
use crate::shared::spawn::Workers;

/// Starts the accepting thread, which starts up to `workers` serving threads as they are needed.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Vec<Listener>>,
    workers: usize,
    config: Config,
    site: S,
) -> io::Result<Workers> {
    start_threads(listeners, workers, config, serve_site(site))
}

fn start_threads(
    listeners: Vec<Vec<Listener>>,
    workers: usize,
    config: Config,
    serve: Box<Serve>,
) -> io::Result<Workers> {
    let (poll, pool) = (Poll::new()?, Arc::new(Pool::new(workers)));
    let waker = Arc::new(Waker::new(poll.registry(), Token(usize::MAX))?);
    let server = ServerContext::new(config, vec![Arc::clone(&pool) as _, waker])?;
    let listeners = listeners.into_iter().flatten().collect();
    let acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default())?;
    let state = Arc::clone(&server.state);
    let context = Arc::new(ThreadContext { pool: Arc::clone(&pool), server: server.clone(), serve });
    let accept_loop = AcceptLoop {
        poll,
        acceptor,
        pool: Arc::clone(&pool),
        server,
        start_thread: move || context.spawn(),
        next_relief: Instant::now(),
    };
    let (accepting, stop) = (Arc::clone(&state), Arc::clone(&state));
    let run = move || {
        // The last thread drops the site with the loop.
        if guard(|| accept_loop.run()).is_none() && !accepting.is_stopping() {
            accepting.worker_ended(&"it has panicked");
        }
        accepting.worker_done(0);
    };
    std::thread::Builder::new().name("bantam-accept".into()).spawn(run)?;
    let join = move || {
        let lost = stop.join_workers(1);
        lost + pool.join(&stop)
    };
    Ok(Workers { state, join: Box::new(join) })
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::Duration;

    use bantam::{Connection, Deadlines, RequestDetails, Response, wire::Status};

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

    /// Sends a request to a server that cannot start its thread for so many times. Returns the response, and stops the server.
    fn ask(failures: usize, deadlines: Deadlines) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (poll, pool) = (Poll::new().unwrap(), Arc::new(Pool::new(2)));
        let waker = Arc::new(Waker::new(poll.registry(), Token(usize::MAX)).unwrap());
        let config = Config {
            deadlines,
            limits: ConnectionLimits::NONE,
            max_connections: 2,
            body_limit: u64::MAX,
            max_head: 8192,
            observer: Arc::new(LogObserver),
            proxies: Arc::new(TrustedProxies::default()),
            tls: None,
        };
        let server = ServerContext::new(config, vec![Arc::clone(&pool) as _, waker]).unwrap();
        let listeners = crate::net::per_worker(vec![Listener::Tcp(listener)], 1).unwrap().remove(0);
        let acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default()).unwrap();
        let serve = serve_site(Hello);
        let context = ThreadContext { pool: Arc::clone(&pool), server: server.clone(), serve };
        let (context, mut attempts, state) = (Arc::new(context), 0, Arc::clone(&server.state));
        let start_thread = move || {
            attempts += 1;
            if attempts > failures { context.spawn() } else { Err(ErrorKind::WouldBlock.into()) }
        };
        let next_relief = Instant::now();
        let accept_loop =
            AcceptLoop { poll, acceptor, pool: Arc::clone(&pool), server, start_thread, next_relief };
        let accepting = thread::spawn(move || accept_loop.run());
        let (mut client, mut response) = (TcpStream::connect(address).unwrap(), String::new());
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        client.read_to_string(&mut response).unwrap();
        drop(client);
        state.shut_down(None);
        accepting.join().unwrap();
        assert_eq!((pool.join(&state), state.connections().open), (0, 0));
        response
    }

    #[test]
    fn a_thread_that_cannot_be_started_is_started_later() {
        let response = ask(3, Deadlines::DEFAULT.idle(Duration::MAX));
        assert!(response.ends_with("hello"), "{response}");
    }

    #[test]
    fn a_connection_for_which_no_thread_can_be_started_is_answered_503() {
        let soon = Duration::from_millis(1);
        let response = ask(usize::MAX, Deadlines::DEFAULT.idle(soon).head(soon));
        assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    }
}
