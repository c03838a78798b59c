//! Server-sent events over TCP.

use std::io::Write;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::{Started, read_until, reset};
use crate::common::{
    TIMEOUT, connect, get, long_deadlines, read_response, read_to_close, send, unless_held_up,
};

in_every_mode! {
fn what_another_thread_publishes_reaches_every_stream(mode) {
    let started = Started::new(mode, |server| server);
    let mut clients = [(); 3].map(|()| send(started.address, &get("/events")));
    for number in 1..=3 {
        started.wait_for(3);
        started.topic.publish();
        for client in &mut clients {
            let text = read_until(client, format!("id: {number}\ndata: {number}\n\n").as_bytes());
            assert_eq!(text.matches("data: ").count(), 1, "{text}");
        }
    }
    drop(clients);
    started.wait_for_none();
    started.server.handle().shutdown(TIMEOUT);
    assert_eq!(started.server.wait(), 0);
}

fn a_stream_resumes_behind_the_last_event_of_its_client(mode) {
    let started = Started::new(mode, |server| server);
    started.topic.publish();
    let mut client = send(started.address, b"GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 1\r\n\r\n");
    started.wait_for(1);
    started.topic.publish();
    assert!(!read_until(&mut client, b"data: 2\n\n").contains("data: 1"));
}

fn a_stream_ends_with_its_client(mode) {
    let started = Started::new(mode, |server| server);
    let [closes, ends, resets] = [(); 3].map(|()| send(started.address, &get("/events")));
    started.wait_for(3);
    drop(closes);
    started.wait_for(2);
    reset(resets);
    started.wait_for(1);
    let mut ends = ends;
    ends.shutdown(Shutdown::Write).unwrap();
    assert!(read_to_close(&mut ends).ends_with("data: bye\n\n\r\n0\r\n\r\n"), "it still reads");
    started.wait_for_none();
}

fn a_server_that_stops_ends_streams_with_their_last_event(mode) {
    let started = Started::new(mode, |server| server);
    let mut clients = [(); 3].map(|()| send(started.address, &get("/events")));
    started.wait_for(3);
    started.server.handle().shutdown(TIMEOUT);
    for client in &mut clients {
        assert!(read_to_close(client).ends_with("data: bye\n\n\r\n0\r\n\r\n"));
    }
    started.wait_for_none();
    assert_eq!(started.server.wait(), 0);
}

fn requests_behind_a_stream_are_answered_when_it_ends(mode) {
    let started = Started::new(mode, |server| server);
    let mut client = send(started.address, &get("/events"));
    started.wait_for(1);
    client.write_all(&get("/watch").repeat(3)).unwrap();
    // The stream goes on.
    started.topic.publish();
    read_until(&mut client, b"data: 1\n\n\r\n");
    started.wait_for(1);
    client.shutdown(Shutdown::Write).unwrap();
    read_until(&mut client, b"data: bye\n\n\r\n0\r\n\r\n");
    // Their watch sees the end of the client: they fail, and are answered.
    assert!(read_to_close(&mut client).starts_with("HTTP/1.1 500 "));
}

fn a_connection_goes_on_when_its_page_has_watched(mode) {
    let idle = Duration::from_secs(2);
    let started = Started::new(mode, |server| server.deadlines(long_deadlines().idle(idle)));
    let body = "x".repeat(250_000);
    let request = format!("POST /watch HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    unless_held_up(|| {
        // Since when the connection may be idle.
        let mut since = Instant::now();
        let mut client = connect(started.address);
        for _ in 0..4 {
            let begun = client.write_all(&request.as_bytes()[..1]);
            if since.elapsed() >= idle / 2 {
                return None;
            }
            begun.and_then(|()| client.write_all(&request.as_bytes()[1..])).unwrap();
            since = Instant::now();
            assert!(read_response(&mut client).unwrap().ends_with(&body));
        }
        assert_eq!(read_to_close(&mut client), "", "the deadline of an idle connection holds");
        Some(())
    });
    started.wait_for_none();
}
}
