//! Model checks of waking an event loop from other threads. A loom `Notify` stands for mio's waker and poll.

use loom::sync::Notify;
use loom::sync::atomic::AtomicBool;
use loom::thread;

use super::*;
use crate::shared::state::ServerState;

/// Like an eventfd: it keeps one wake for the next sleep.
struct Sleep(Notify);

impl WorkerHandle for Arc<Sleep> {
    fn wake(&self) -> io::Result<()> {
        self.0.notify();
        Ok(())
    }
}

fn sleeping_worker() -> (Arc<Sleep>, Arc<WakeQueue<Arc<Sleep>>>) {
    let sleep = Arc::new(Sleep(Notify::new()));
    (Arc::clone(&sleep), WakeQueue::new(sleep))
}

#[test]
fn model_every_wake_reaches_a_worker_that_goes_to_sleep() {
    loom::model(|| {
        let (sleep, queue) = sleeping_worker();
        let done = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        for (key, done) in done.iter().enumerate() {
            let (waker, done) = (SlotWaker::new(Arc::clone(&queue)), Arc::clone(done));
            waker.assign(key as u32);
            thread::spawn(move || {
                done.store(true, Ordering::Relaxed);
                waker.wake_by_ref();
            });
        }
        let mut seen = [false; 2];
        while seen != [true; 2] {
            sleep.0.wait();
            for key in queue.drain() {
                assert!(done[key as usize].load(Ordering::Relaxed), "woken before it was done");
                seen[key as usize] = true;
            }
        }
    });
}

#[test]
fn model_a_stop_ends_the_sleep_of_a_worker() {
    loom::model(|| {
        let (sleep, queue) = sleeping_worker();
        let server = ServerState::new(1, None, vec![queue]);
        let stopper = Arc::clone(&server);
        thread::spawn(move || stopper.shut_down(None));
        while !server.is_stopping() {
            sleep.0.wait();
        }
    });
}
