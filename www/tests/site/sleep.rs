//! Tests of `/sleep`.
//! Invariant: the client receives each piece before the pause that follows it.

use std::time::Duration;

use crate::pipe::{body, exchange_parts};

#[test]
fn every_piece_is_received_before_its_pause() {
    let (pipe, pauses) = exchange_parts(&[b"GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n"]);
    let pieces: Vec<_> =
        pauses.0.iter().map(|(_, received)| received.matches("<li class=\"piece\">").count()).collect();
    assert_eq!(pieces, [1, 2, 3, 4, 5]);
    assert!(pauses.0.iter().all(|(duration, _)| *duration == Duration::from_secs(1)));
    let first = &pauses.0[0].1;
    assert!(first.contains("<title>") && first.contains("href=\"style."), "{first}");
    assert!(body(&pipe.received).ends_with("</main>\n"));
}

#[test]
fn a_head_request_does_not_pause() {
    let (pipe, pauses) = exchange_parts(&[b"HEAD /sleep HTTP/1.1\r\nHost: a\r\n\r\n"]);
    assert!(pipe.received.starts_with(b"HTTP/1.1 200 OK\r\n") && pauses.0.is_empty());
}
