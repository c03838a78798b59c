//! Law: whoever reads the log learns who came, who was refused and who was dropped, and why.

use std::cell::RefCell;
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};

use crate::world::run;
use crate::{NONE, all_listen, get};

thread_local! {
    /// What this thread's device has said.
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Ear;

impl Log for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("bantam")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            SAID.with_borrow_mut(|said| said.push(format!("{} {}", record.level(), record.args())));
        }
    }

    fn flush(&self) {}
}

#[test]
fn who_comes_is_refused_and_is_dropped_is_in_the_log() {
    log::set_logger(&Ear).expect("the only one");
    log::set_max_level(LevelFilter::Debug);
    let mut started = false;
    run(1, NONE, false, |moment| {
        if !std::mem::replace(&mut started, true) {
            moment.clients.connect("");
            moment.clients.connect(get("/nothing"));
            moment.clients.connect("GET / HTTP/1.1\r\nHost:");
            let client = moment.clients.connect(crate::post(&[b'x'; 100_000]));
            moment.clients.all[client].deaf = true;
        }
        moment.now > Duration::from_secs(1) && all_listen(moment)
    });
    let said = SAID.with_borrow(Clone::clone);
    for port in 49_153..49_157 {
        assert!(said.contains(&format!("DEBUG 10.0.0.2:{port}: accepted")), "{said:#?}");
    }
    for (port, what) in [
        (49_153, "DEBUG 10.0.0.2:49153: closed, for it asked nothing in time"),
        (49_154, "INFO 10.0.0.2:49154: refused with 404: There is no such page."),
        (49_155, "INFO 10.0.0.2:49155: refused with 408: The request took too long."),
        (49_156, "INFO 10.0.0.2:49156: dropped: "),
    ] {
        assert!(said.iter().any(|line| line.starts_with(what)), "{port}: {said:#?}");
    }
}
