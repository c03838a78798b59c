//! Tests of the log events.
//! Invariant: every connection that is accepted, refused or dropped is logged with its peer and the reason.

use std::cell::RefCell;
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};

use crate::sim_net::{NO_FAULTS, all_listen, get, post, run};

thread_local! {
    /// The events of this thread.
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Recorder;

impl Log for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("bantam")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            EVENTS.with_borrow_mut(|events| events.push(format!("{} {}", record.level(), record.args())));
        }
    }

    fn flush(&self) {}
}

#[test]
fn accepted_refused_and_dropped_connections_are_logged() {
    log::set_logger(&Recorder).expect("no other logger is set");
    log::set_max_level(LevelFilter::Debug);
    let mut started = false;
    run(1, NO_FAULTS, false, |sim| {
        if !std::mem::replace(&mut started, true) {
            sim.clients.connect("");
            sim.clients.connect(get("/nothing"));
            sim.clients.connect("GET / HTTP/1.1\r\nHost:");
            let client = sim.clients.connect(post(&[b'x'; 100_000]));
            sim.clients.all[client].reads_nothing = true;
        }
        sim.now > Duration::from_secs(1) && all_listen(sim)
    });
    let events = EVENTS.with_borrow(Clone::clone);
    for port in 49_153..49_157 {
        assert!(events.contains(&format!("DEBUG 10.0.0.2:{port}: accepted")), "{events:#?}");
    }
    for (port, what) in [
        (49_153, "DEBUG 10.0.0.2:49153: closed: no request in time"),
        (49_154, "INFO 10.0.0.2:49154: refused with 404: There is no such page."),
        (49_155, "INFO 10.0.0.2:49155: refused with 408: The request took too long."),
        (49_156, "INFO 10.0.0.2:49156: dropped: "),
    ] {
        assert!(events.iter().any(|line| line.starts_with(what)), "{port}: {events:#?}");
    }
}
