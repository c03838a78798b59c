//! What a page waits for beside its connection.

use super::Started;
use crate::common::{TIMEOUT, get, read_response, read_to_close, send};

in_every_mode! {
fn a_pause_that_something_else_ends_is_over_at_once(mode) {
    let started = Started::new(mode, |server| server);
    let mut client = send(started.address, &get("/pause"));
    started.wait_for(1);
    started.topic.publish();
    assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\n1"));
}

fn a_connection_whose_page_has_watched_is_closed_by_a_stop_when_it_is_idle(mode) {
    let started = Started::new(mode, |server| server);
    let mut client = send(started.address, &get("/watch"));
    read_response(&mut client).unwrap();
    started.server.handle().shutdown(TIMEOUT);
    assert_eq!(read_to_close(&mut client), "");
    assert_eq!(started.server.wait(), 0);
}
}
