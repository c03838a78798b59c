//! Model checks of the count of lingering connections: the wait of a server that stops.

use loom::thread;

use super::*;

#[test]
fn model_a_stop_waits_until_the_last_connection_has_lingered() {
    loom::model(|| {
        let count = Arc::new(LingerCount::default());
        let server = ServerState::new(1, vec![Arc::clone(&count) as _]);
        let guards = [count.enter(), count.enter()];
        let threads = guards.map(|guard| thread::spawn(move || drop(guard)));
        server.shut_down(None);
        count.wait(&server);
        assert_eq!(server.connections().lingering, 0);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn model_a_deadline_that_is_set_later_ends_the_wait() {
    loom::model(|| {
        let count = Arc::new(LingerCount::default());
        let server = ServerState::new(1, vec![Arc::clone(&count) as _]);
        let _guard = count.enter();
        server.shut_down(None);
        let stopper = {
            let server = Arc::clone(&server);
            thread::spawn(move || server.shut_down(Some(Instant::now())))
        };
        count.wait(&server);
        stopper.join().unwrap();
    });
}
