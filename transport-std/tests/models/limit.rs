//! Model checks of the connection limit.

use loom::sync::atomic::AtomicUsize;
use loom::thread;

use super::*;

#[test]
fn model_one_permit_at_a_time_sees_all_that_the_one_before_did() {
    loom::model(|| {
        let (state, inside) = (ServerState::new(1, None, Vec::new()), Arc::new(AtomicUsize::new(0)));
        let connect = |state: Arc<ServerState>, inside: Arc<AtomicUsize>| {
            move || {
                let Ok(permit) = state.admit(None) else { return };
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
        assert!(state.admit(None).is_ok());
    });
}

#[test]
fn model_a_connection_is_refused_only_while_another_holds_the_permit() {
    loom::model(|| {
        let state = ServerState::new(1, None, Vec::new());
        let permit = state.admit(None);
        let other = {
            let state = Arc::clone(&state);
            thread::spawn(move || state.admit(None))
        };
        drop(permit);
        let mine = state.admit(None);
        let others = other.join().unwrap();
        assert!(mine.is_ok() != others.is_ok(), "one of the two is in");
    });
}

#[test]
fn model_a_client_has_no_connection_beyond_its_limit_and_is_counted_out_whole() {
    loom::model(|| {
        let state = ServerState::new(2, NonZeroUsize::new(1), Vec::new());
        let client = ClientKey::from_number(7);
        let first = state.admit(Some(client));
        let other = {
            let state = Arc::clone(&state);
            // A proxy states the client of a connection that has a permit already.
            thread::spawn(move || state.admit(None).is_ok_and(|permit| permit.assign(client)))
        };
        assert!(state.admit(Some(client)).is_err(), "its only connection is open");
        drop(first);
        other.join().unwrap();
        assert_eq!(state.connections().open, 0);
        assert!(state.admit(Some(client)).is_ok());
    });
}
