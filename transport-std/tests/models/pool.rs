//! Model checks of the thread pool: its queue, and the stop of connections that become idle.

use loom::sync::{Condvar, Mutex, Notify};
use loom::thread::{self, JoinHandle};

use super::*;

/// A socket whose reads block until it is shut down.
#[derive(Default)]
struct ModelSocket {
    is_shut_down: Mutex<bool>,
    changed: Condvar,
}

impl Socket for ModelSocket {
    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        *lock(&self.is_shut_down) = true;
        self.changed.notify_all();
        Ok(())
    }
}

impl ModelSocket {
    fn read_to_end(&self) {
        let mut is_shut_down = lock(&self.is_shut_down);
        while !*is_shut_down {
            is_shut_down = self.changed.wait(is_shut_down).unwrap();
        }
    }
}

type ModelPool = Arc<Pool<ModelSocket>>;

fn server(max_threads: usize) -> (ModelPool, Arc<ServerState>) {
    let pool = Arc::new(Pool::new(max_threads));
    let workers: Vec<Arc<dyn WorkerHandle>> = vec![Arc::clone(&pool) as _];
    (pool, ServerState::new(2, None, workers))
}

fn connection(server: &Arc<ServerState>) -> SharedConnection<ModelSocket> {
    SharedConnection::new(server.admit(None).unwrap(), ModelSocket::default(), None)
}

/// A thread of the pool.
fn worker(
    pool: &ModelPool,
    server: &Arc<ServerState>,
    serve: impl Fn(&SharedConnection<ModelSocket>) + Send + Sync + 'static,
) -> JoinHandle<()> {
    let (pool, server) = (Arc::clone(pool), Arc::clone(server));
    thread::spawn(move || {
        while let Some(lease) = pool.next_connection(&server) {
            serve(&lease.connection);
        }
    })
}

#[test]
fn model_a_queued_connection_wakes_the_thread_that_waits() {
    loom::model(|| {
        let (pool, server) = server(1);
        let (served, progress) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        assert!(pool.push(connection(&server)));
        let thread = {
            let (served, progress) = (Arc::clone(&served), Arc::clone(&progress));
            worker(&pool, &server, move |_| {
                served.fetch_add(1, Ordering::Relaxed);
                progress.notify();
            })
        };
        assert!(!pool.push(connection(&server)));
        while served.load(Ordering::Acquire) < 2 {
            progress.wait();
        }
        server.shut_down(None);
        assert_eq!(pool.join(&server), 0);
        thread.join().unwrap();
        assert_eq!(server.connections().open, 0);
    });
}

#[test]
fn model_a_stop_ends_every_thread_after_the_queue_is_empty() {
    loom::model(|| {
        let (pool, server) = server(2);
        assert!(pool.push(connection(&server)));
        let first = worker(&pool, &server, |_| ());
        let second = pool.push(connection(&server)).then(|| worker(&pool, &server, |_| ()));
        server.shut_down(None);
        assert_eq!(pool.join(&server), 0);
        first.join().unwrap();
        second.map(|thread| thread.join().unwrap());
        assert_eq!(server.connections().open, 0);
        assert!(!pool.has_backlog());
    });
}

#[test]
fn model_a_connection_that_becomes_idle_during_the_stop_is_closed() {
    loom::model(|| {
        let (pool, server) = server(1);
        assert!(pool.push(connection(&server)));
        let thread = worker(&pool, &server, |connection| {
            connection.mark_active();
            connection.mark_idle();
            connection.socket.read_to_end();
        });
        server.shut_down(None);
        assert_eq!(pool.join(&server), 0);
        thread.join().unwrap();
        assert_eq!(server.connections().open, 0);
    });
}
