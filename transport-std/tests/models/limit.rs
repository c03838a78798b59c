//! Model checks of the connection limit.

use loom::sync::atomic::AtomicUsize;
use loom::thread;

use super::*;

#[test]
fn model_one_permit_at_a_time_sees_all_that_the_one_before_did() {
    loom::model(|| {
        let (state, inside) = (ServerState::new(1, Vec::new()), Arc::new(AtomicUsize::new(0)));
        let connect = |state: Arc<ServerState>, inside: Arc<AtomicUsize>| {
            move || {
                let Some(permit) = state.admit() else { return };
                assert_eq!(inside.load(Ordering::Relaxed), 0, "two permits, or an early one");
                inside.store(1, Ordering::Relaxed);
                inside.store(0, Ordering::Relaxed);
                drop(permit);
            }
        };
        let other = thread::spawn(connect(Arc::clone(&state), Arc::clone(&inside)));
        connect(Arc::clone(&state), inside)();
        other.join().unwrap();
        assert_eq!(state.connections().open, 0);
        assert!(state.admit().is_some());
    });
}

#[test]
fn model_a_connection_is_refused_only_while_another_holds_the_permit() {
    loom::model(|| {
        let state = ServerState::new(1, Vec::new());
        let permit = state.admit();
        let other = {
            let state = Arc::clone(&state);
            thread::spawn(move || state.admit())
        };
        drop(permit);
        let mine = state.admit();
        let others = other.join().unwrap();
        assert!(mine.is_some() != others.is_some(), "one of the two is in");
    });
}
