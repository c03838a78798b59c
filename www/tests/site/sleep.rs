//! Law: what the slow page has said before a pause is heard before the pause.

use std::time::Duration;

use crate::pipe::{body, converse};

#[test]
fn every_piece_is_heard_before_its_second_begins() {
    let (pipe, pauses) = converse(&[b"GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n"]);
    let seen: Vec<_> =
        pauses.0.iter().map(|(_, heard)| heard.matches("<li class=\"piece\">").count()).collect();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert!(pauses.0.iter().all(|(duration, _)| *duration == Duration::from_secs(1)));
    let first = &pauses.0[0].1;
    assert!(first.contains("<title>") && first.contains("href=\"/style.css\""), "{first}");
    assert!(body(&pipe.heard).ends_with("</main>\n"));
}

#[test]
fn whoever_asks_for_the_head_alone_does_not_wait() {
    let (pipe, pauses) = converse(&[b"HEAD /sleep HTTP/1.1\r\nHost: a\r\n\r\n"]);
    assert!(pipe.heard.starts_with(b"HTTP/1.1 200 OK\r\n") && pauses.0.is_empty());
}
