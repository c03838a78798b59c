//! Model checks of the count of lingering connections: the wait of a server that stops.

use std::io;
use std::time::Instant;

use loom::thread;

use super::*;
use crate::shared::state::WorkerHandle;

/// What wakes the wait when the deadline changes.
struct Waiter(Arc<LingerCount>);

impl WorkerHandle for Waiter {
    fn wake(&self) -> io::Result<()> {
        self.0.notify();
        Ok(())
    }
}

fn server() -> (Arc<LingerCount>, Arc<ServerState>) {
    let count = Arc::new(LingerCount::default());
    let server = ServerState::new(1, None, vec![Arc::new(Waiter(Arc::clone(&count)))]);
    (count, server)
}

#[test]
fn model_a_stop_waits_until_the_last_connection_has_lingered() {
    loom::model(|| {
        let (count, server) = server();
        let guards = [count.enter(), count.enter()];
        let threads = guards.map(|guard| thread::spawn(move || drop(guard)));
        server.shut_down(None);
        count.wait_and_end(&server);
        assert_eq!(count.get(), 0);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn model_a_deadline_that_is_set_later_ends_the_wait() {
    loom::model(|| {
        let (count, server) = server();
        let _guard = count.enter();
        server.shut_down(None);
        let stopper = {
            let server = Arc::clone(&server);
            thread::spawn(move || server.shut_down(Some(Instant::now())))
        };
        count.wait_and_end(&server);
        stopper.join().unwrap();
    });
}
