//! The opening handshake, RFC 6455 section 4.2: what is asked of a client, one thing missing at a time.

use bantam::wire::{HandshakeError, Status, WebSocketRequest, request_head};

pub(crate) const LINES: [&str; 5] = [
    "GET /chat HTTP/1.1",
    "Upgrade: websocket",
    "Connection: keep-alive, Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

/// Calls `look` with the request of these lines.
fn with<T>(lines: &[&str], look: impl FnOnce(Result<WebSocketRequest<'_>, HandshakeError>) -> T) -> T {
    let text = format!("{}\r\nHost: a.example:8080\r\n\r\n", lines.join("\r\n"));
    let (_, head) = request_head(text.as_bytes()).expect("valid");
    look(WebSocketRequest::of(&head))
}

/// The error of the request in which one line is another.
fn refused(at: usize, line: &str) -> Option<HandshakeError> {
    let mut lines = LINES;
    lines[at] = line;
    with(&lines, |request| request.err())
}

#[test]
fn a_request_of_a_browser_is_taken_in_any_case_and_order() {
    assert!(with(&LINES, |request| request
        .is_ok_and(|request| &request.accept() == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    for (at, line) in [
        (1, "UPGRADE: WebSocket"),
        (1, "Upgrade: h2c, websocket"),
        (2, "Connection: UPGRADE"),
        (2, "Connection: close\r\nConnection: upgrade"),
        (0, "GET /chat HTTP/1.1\r\nX: y"),
    ] {
        assert_eq!(refused(at, line), None, "{line}");
    }
}

#[test]
fn a_request_that_lacks_something_is_refused_with_a_status() {
    use HandshakeError::{BadKey, BadVersion, NotGet, NotOffered};
    for (at, line, error) in [
        (0, "POST /chat HTTP/1.1", NotGet),
        (0, "HEAD /chat HTTP/1.1", NotGet),
        (0, "GET /chat HTTP/1.0", NotGet),
        (1, "X: y", NotOffered),
        (1, "Upgrade: websockets", NotOffered),
        (1, "Upgrade: websocket/13", NotOffered),
        (2, "Connection: keep-alive", NotOffered),
        (3, "X: y", BadKey),
        (3, "Sec-WebSocket-Key:", BadKey),
        (3, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=", BadKey),
        (
            3,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            BadKey,
        ),
        (4, "X: y", BadVersion),
        (4, "Sec-WebSocket-Version: 8", BadVersion),
        (4, "Sec-WebSocket-Version: 13, 8", BadVersion),
        (4, "Sec-WebSocket-Version: 013", BadVersion),
        (4, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13", BadVersion),
    ] {
        assert_eq!(refused(at, line), Some(error), "{line}");
        let is_426 = matches!(error, NotOffered | BadVersion);
        assert_eq!(error.status(), if is_426 { Status::UPGRADE_REQUIRED } else { Status::BAD_REQUEST });
        assert_eq!(error.headers().contains(&("Sec-WebSocket-Version", "13")), is_426);
        assert!(error.reason().ends_with('.'));
    }
}

#[test]
fn the_favourite_of_the_client_among_the_supported_protocols_is_chosen() {
    let lines =
        [&LINES[..], &["Sec-WebSocket-Protocol: soap, chat", "Sec-WebSocket-Protocol: mqtt"]].concat();
    with(&lines, |request| {
        let request = request.expect("valid");
        assert!(request.protocols().eq([&b"soap"[..], b"chat", b"mqtt"]));
        assert_eq!(request.choose(&["mqtt", "chat"]), Some("chat"));
        assert_eq!(request.choose(&["Chat", "wamp"]), None);
        assert_eq!(request.choose(&[]), None);
    });
    assert_eq!(with(&LINES, |request| request.expect("valid").choose(&["chat"])), None);
}

#[test]
fn an_origin_is_that_of_the_host_or_of_another() {
    let same = |line: &str| {
        let lines = [&LINES[..], &[line]].concat();
        with(&lines, |request| request.expect("valid").is_same_origin("a.example:8080"))
    };
    assert!(same("X: y"), "not a browser");
    assert!(same("Origin: http://a.example:8080") && same("Origin: https://A.EXAMPLE:8080"));
    for other in
        ["http://a.example", "http://b.example:8080", "null", "a.example:8080", "", "http://a.example:8080/"]
    {
        assert!(!same(&format!("Origin: {other}")), "{other}");
    }
    assert!(!same("Origin: http://a.example:8080\r\nOrigin: http://b.example"), "two origins");
}
