//! One test for each defect that was found and fixed.

use std::convert::Infallible;
use std::time::Duration;

use bantam::wire::{HeadParser, Method, MethodSet, ResponseHeadParser, Status, request_head};
use bantam::{
    Buffers, Connection, ConnectionState, Cycle, Fault, MAX_WRITE, Misuse, Phase, Rejection, RequestDetails,
    Response, Site, Transport, recover, serve,
};
use bantam_tests::answers::read;
use bantam_tests::executor::{poll_times, run};
use bantam_tests::pages::Pages;
use bantam_tests::requests::{chunked, get};
use bantam_tests::script::{IoFault, ScriptedPeer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// Pages that ignore the errors of their calls, and others for single tests.
struct Unchecked;

impl Site for Unchecked {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let ok = Response::new(Status::OK);
        let connection = &mut *details.connection;
        match details.uri.path {
            "/" => connection.make_response(ok.body(b"hello")).await,
            // Responds although its body was refused.
            "/after-error" => {
                while let Ok(1..) = connection.recv(&mut [0; 64]).await {}
                connection.make_response(ok.body(b"fine")).await
            }
            // Sends again after errors.
            "/send-again" => {
                let _ = connection.make_response(ok.length(60)).await;
                for piece in [b"0123456789"; 6] {
                    let _ = connection.send(piece).await;
                    let _ = connection.pause(Duration::from_secs(1)).await;
                }
                Ok(())
            }
            // Drops a pending `send`.
            "/drop-send" => {
                connection.make_response(ok.length(3_000)).await?;
                poll_and_drop(connection.send(&[b'i'; 3_000])).await;
                Ok(())
            }
            // Drops a pending flush.
            "/drop-flush" => {
                connection.make_response(ok.body(b"dropped")).await?;
                poll_and_drop(connection.pause(Duration::from_secs(1))).await;
                Ok(())
            }
            "/pending" => std::future::pending().await,
            "/pending-late" => {
                connection.make_response(ok).await?;
                connection.send(b"seen").await?;
                connection.pause(Duration::ZERO).await?;
                std::future::pending().await
            }
            "/upgrade-required" => {
                let fields = [("Upgrade", "shout")];
                connection
                    .make_response(Response::new(Status::UPGRADE_REQUIRED).headers(&fields).body(b""))
                    .await
            }
            "/only-trace" => Err(Rejection::MethodNotAllowed(MethodSet::of(&[Method::Trace])).into()),
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

/// Polls a future once, and drops it.
async fn poll_and_drop<F: Future>(future: F) {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
}

/// Serves a peer with [`Unchecked`] in the smallest buffers, with bodies of at most `limit` bytes.
fn serve_unchecked(mut peer: ScriptedPeer, limit: u64) -> ScriptedPeer {
    let mut buffers = Buffers::<256, { ConnectionState::MIN_OUTPUT }>::new();
    let _ = run(serve(&mut peer, &mut buffers.state().body_limit(limit), &Unchecked));
    peer
}

/// Injects `fault` into every call: the bytes written are a prefix of those without it.
fn assert_only_a_beginning_is_written(page: &str, writes: usize, fault: IoFault) {
    let peer = || ScriptedPeer::sending(get(page) + &get("/")).max_write(writes);
    let sound = serve_unchecked(peer(), 0);
    for call in 0..sound.calls {
        let faulty = serve_unchecked(peer().with_fault(call, fault), 0);
        let text = faulty.text();
        assert!(sound.written.starts_with(&faulty.written), "{page}, call {call}, {fault:?}:\n{text}");
    }
}

/// The decoder advanced on an error and the buffer did not: data was decoded again, as framing, and then as a request if
/// the page responded to its own 413.
#[test]
fn a_refused_body_is_not_parsed_as_a_request() {
    let data = format!("\r\n0\r\n\r\n{}", get("/evil"));
    let size = format!("{:x};", data.len());
    // The chunk line fills the memory of the page, so that the data is in the next read.
    let coded = format!("{size}{}\r\n{data}\r\n0\r\n\r\n", "e".repeat(62 - size.len()));
    let peer = serve_unchecked(ScriptedPeer::sending(chunked("/after-error", &coded)), 3);
    assert_eq!(peer.log().len(), 1, "{}", peer.text());
}

/// A failed write was not recorded: the next flush sent the same bytes again. It takes a page that ignores the error of
/// `send`, and a peer that reads again after the timeout.
#[test]
fn nothing_is_sent_after_a_failed_write() {
    assert_only_a_beginning_is_written("/send-again", 7, IoFault::Fail(ErrorKind::TimedOut));
}

/// The same for a call that a page has dropped, which ends the connection (see `Connection`): bytes were sent twice, or
/// counted and never sent, and followed by the next response.
#[test]
fn nothing_is_sent_after_a_dropped_call() {
    assert_only_a_beginning_is_written("/drop-flush", 10, IoFault::Pend);
    assert_only_a_beginning_is_written("/drop-send", 100, IoFault::Pend);
}

/// A transport that buffers until the flush, and whose first flush is interrupted.
struct HoldUntilFlush(&'static [u8], Vec<u8>, Vec<u8>, bool);

impl ErrorType for HoldUntilFlush {
    type Error = ErrorKind;
}

impl Read for HoldUntilFlush {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        Ok(Read::read(&mut self.0, memory).await.unwrap_or_else(|never: Infallible| match never {}))
    }
}

impl Write for HoldUntilFlush {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        if !std::mem::replace(&mut self.3, true) {
            return Err(ErrorKind::Interrupted);
        }
        self.2.append(&mut self.1);
        Ok(())
    }
}

impl Transport for HoldUntilFlush {}

/// An interrupted `flush` counted as done: a transport that buffers lost the bytes.
#[test]
fn an_interrupted_flush_is_repeated() {
    let mut transport = HoldUntilFlush(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Vec::new(), Vec::new(), false);
    run(serve(&mut transport, &mut Buffers::<256, 256>::new().state(), &Unchecked)).expect("a sound stream");
    assert!(transport.2.ends_with(b"hello"));
}

/// The same for `shutdown_write`: the write side stayed open, and the bytes of the peer were not read.
#[test]
fn an_interrupted_shutdown_is_repeated() {
    // A read, a write, its flush, and the shutdown.
    let peer = ScriptedPeer::sending("BAD\r\n").with_fault(3, IoFault::Fail(ErrorKind::Interrupted));
    assert_eq!(serve_unchecked(peer, 0).phases().last(), Some(&Phase::Close));
}

/// If the head of a refusal did not fit the buffer, `serve` failed with a misuse and sent nothing. A 500 fits.
#[test]
fn a_refusal_that_does_not_fit_becomes_500() {
    let mut peer = ScriptedPeer::sending(get("/only-trace"));
    let mut buffers = Buffers::<256, 100>::new();
    let result = run(serve(&mut peer, &mut buffers.state(), &Unchecked));
    assert!(result.is_ok() && peer.received().starts_with(b"HTTP/1.1 500 "), "{result:?}: {}", peer.text());
}

/// The search for `HEAD ` began at the first byte, which may be that of an empty line; the log had no request line.
#[test]
fn a_panic_after_an_empty_line_and_head_gets_no_body() {
    let mut buffers = Buffers::<256, 256>::new();
    let mut state = buffers.state();
    let mut peer = ScriptedPeer::sending("\r\nHEAD /pending HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(poll_times(serve(&mut peer, &mut state, &Unchecked), 1).is_none());
    run(recover(&mut peer, &mut state, &Pages)).expect("a sound stream");
    assert!(read(peer.received(), |_| true).is_ok(), "{}", peer.text());
    assert_eq!(peer.log()[0].request_line, b"HEAD /pending HTTP/1.1");
}

/// A response that was sent in part when its page panicked was not reported.
#[test]
fn a_panic_after_the_response_has_begun_is_reported() {
    let mut buffers = Buffers::<256, 256>::new();
    let mut state = buffers.state();
    let mut peer = ScriptedPeer::sending(get("/pending-late"));
    assert!(poll_times(serve(&mut peer, &mut state, &Unchecked), 1).is_none());
    run(recover(&mut peer, &mut state, &Pages)).expect("a sound stream");
    let faults: Vec<_> = peer.log().iter().map(|entry| entry.fault).collect();
    assert_eq!(faults, [Some(Fault::Misuse(Misuse::Panicked))]);
}

/// Every rejection has a short HTML body; in a buffer of `MIN_OUTPUT` bytes 405 and 431 had none.
#[test]
fn every_refusal_has_a_body_in_the_smallest_buffer() {
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(300));
    for sent in [get("/none"), long] {
        let peer = serve_unchecked(ScriptedPeer::sending(sent), 0);
        let answers = read(peer.received(), |_| false).expect("well-formed");
        assert!(!answers[0].body.is_empty(), "{}", peer.text());
    }
}

/// A second, empty `Transfer-Encoding` was accepted, although it makes the message ambiguous.
#[test]
fn a_second_coding_is_refused_even_if_it_is_empty() {
    let sent =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n";
    let peer = serve_unchecked(ScriptedPeer::sending(sent), 0);
    assert!(peer.received().starts_with(b"HTTP/1.1 400 "), "{}", peer.text());
}

/// The limit was reached before the last chunk was parsed: 64 KB were drained by length, but not in chunks.
#[test]
fn chunks_of_just_64_kb_are_drained() {
    let coded = format!("400\r\n{}\r\n", "x".repeat(1024)).repeat(bantam::MAX_DRAIN / 1024) + "0\r\n\r\n";
    assert_eq!(
        serve_unchecked(ScriptedPeer::sending(chunked("/", &coded) + &get("/")), u64::MAX).log().len(),
        2
    );
}

/// A response buffer larger than `MAX_WRITE` was written under one deadline.
#[test]
fn no_write_under_one_deadline_exceeds_max_write() {
    let mut peer = ScriptedPeer::sending(get("/").repeat(2_000));
    run(serve(&mut peer, &mut Buffers::<70_000, 200_000>::new().state(), &Unchecked))
        .expect("a sound stream");
    assert!(peer.writes().iter().all(|piece| *piece <= MAX_WRITE), "{:?}", peer.writes());
}

/// RFC 9110 section 15.3.6: a server MUST NOT generate content in a 205 response.
#[test]
fn a_205_has_no_content() {
    let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("sound");
    let reset = Status::new(205).expect("three digits");
    let made = Cycle::begin(&head, 0).expect("no body").respond(reset, Some(1), true);
    assert_eq!(made, Err(Misuse::BodyForbidden));
}

/// RFC 9110 section 7.8: a sender of Upgrade MUST list it in `Connection`, too. 426 has Upgrade (section 15.5.22), and a page
/// cannot set `Connection`.
#[test]
fn a_426_names_upgrade_in_connection() {
    let text =
        serve_unchecked(ScriptedPeer::sending(get("/upgrade-required")), 0).text().to_ascii_lowercase();
    assert!(text.contains("\r\nconnection: upgrade"), "{text}");
}

/// `offset` was the beginning of the version instead of the refused byte.
#[test]
fn an_invalid_version_has_the_offset_of_its_byte() {
    let mut parser = HeadParser::request();
    assert!(parser.advance(b"GET / HTTQ/1.1\r\n").is_err());
    assert_eq!(parser.offset(), 9);
}

/// The fourth digit of a status is the first invalid byte.
#[test]
fn the_fourth_digit_of_a_status_is_refused_at_once() {
    for status in ["2000", "201020"] {
        let mut parser = ResponseHeadParser::new();
        assert_eq!(parser.advance(format!("HTTP/1.1 {status}").as_bytes()), Err(Rejection::BadStartLine));
        assert_eq!(parser.offset(), 12, "{status}");
    }
}

/// `Transfer-Encoding: gzip` was 501. RFC 9112 section 6.3, item 4: if chunked is not the last coding the length of the body is
/// unknown, and the server MUST respond with 400. An unknown coding before a last `chunked` is 501.
#[test]
fn an_unknown_last_coding_is_400_and_one_before_chunked_501() {
    for (codings, status) in [
        (&["gzip"][..], 400),
        (&["identity"], 400),
        (&["chunked, gzip"], 400),
        (&["gzip, chunked"], 501),
        (&["gzip", "chunked"], 501),
        (&["gzip;level=\"9, or so\" ; x=y, chunked"], 501),
        (&["chunked", "gzip"], 400),
        (&["gzip", "chunked", ""], 400),
    ] {
        let fields: String =
            codings.iter().map(|coding| format!("Transfer-Encoding: {coding}\r\n")).collect();
        let peer = serve_unchecked(
            ScriptedPeer::sending(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n0\r\n\r\n")),
            u64::MAX,
        );
        assert!(peer.text().starts_with(&format!("HTTP/1.1 {status} ")), "{codings:?}: {}", peer.text());
    }
}

/// A method that fills the buffer was 414. RFC 9112 section 3: a method longer than any that is implemented is 501.
#[test]
fn a_method_without_an_end_is_501_and_a_target_without_one_414() {
    for (sent, status) in [("G".repeat(300), 501), (format!("GET /{}", "a".repeat(300)), 414)] {
        let peer = serve_unchecked(ScriptedPeer::sending(sent), 0);
        assert!(peer.text().starts_with(&format!("HTTP/1.1 {status} ")), "{}", peer.text());
    }
}

/// 101 was sent before the body had arrived, which the page then read as the new protocol, and without the 100 that RFC 9110
/// section 7.8 requires before it.
#[test]
fn protocols_are_not_switched_in_the_middle_of_a_message() {
    let fields = "Connection: upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n";
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let (_, head) = request_head(head.as_bytes()).expect("sound");
    let mut cycle = Cycle::begin(&head, 3).expect("within the limit");
    assert_eq!(cycle.respond(Status::SWITCHING_PROTOCOLS, None, true), Err(Misuse::BadStatus));
    assert_eq!(cycle.want_body(false), Ok(true), "100 comes first");
    cycle.receive(b"abc").expect("the body");
    assert!(cycle.respond(Status::SWITCHING_PROTOCOLS, None, true).is_ok());
}
