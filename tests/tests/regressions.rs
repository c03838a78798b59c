//! Law: what was once wrong is tried again for ever.

use std::convert::Infallible;
use std::time::Duration;

use bantam::wire::{HeadParser, Method, MethodSet, Status, request_head};
use bantam::{
    Buffers, Connection, ConnectionState, Cycle, Fault, MAX_WRITE, Misuse, Phase, Rejection, RequestDetails,
    Response, Site, Transport, recover, serve,
};
use bantam_tests::answers::read;
use bantam_tests::executor::{poll_times, run};
use bantam_tests::requests::{chunked, get};
use bantam_tests::script::{IoFault, ScriptedPeer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// Pages that do not listen to what their calls tell them, and others that the findings need.
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
            // Answers in its own way for a body that is refused.
            "/deaf" => {
                while let Ok(1..) = connection.recv(&mut [0; 64]).await {}
                connection.make_response(ok.body(b"fine")).await
            }
            // Sends, and never mind whether it could.
            "/stubborn" => {
                let _ = connection.make_response(ok.length(60)).await;
                for piece in [b"0123456789"; 6] {
                    let _ = connection.send(piece).await;
                    let _ = connection.pause(Duration::from_secs(1)).await;
                }
                Ok(())
            }
            // Does not wait for what it sends.
            "/impatient" => {
                connection.make_response(ok.length(3_000)).await?;
                give_up(connection.send(&[b'i'; 3_000])).await;
                Ok(())
            }
            // Does not wait for what it has sent to leave.
            "/hasty" => {
                connection.make_response(ok.body(b"hasty")).await?;
                give_up(connection.pause(Duration::from_secs(1))).await;
                Ok(())
            }
            "/asleep" => std::future::pending().await,
            "/asleep-late" => {
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

/// Polls once, and drops what has to wait.
async fn give_up<F: Future>(future: F) {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
}

/// Serves a peer in small memory, with bodies of at most so many bytes.
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

/// Once: `Exchange::take` leaves `from` where it was when `Cycle::receive` fails, but the decoder has moved on: data is
/// decoded again, as framing. A page that answers for its own 413 keeps the connection, and lets data in as a request.
#[test]
fn what_was_refused_as_a_body_is_never_taken_for_a_request() {
    let data = format!("\r\n0\r\n\r\n{}", get("/evil"));
    let size = format!("{:x};", data.len());
    // The line is as long as the page's memory, so that the data begins a piece of its own.
    let coded = format!("{size}{}\r\n{data}\r\n0\r\n\r\n", "e".repeat(62 - size.len()));
    let peer = serve_unchecked(ScriptedPeer::sending(chunked("/deaf", &coded)), 3);
    assert_eq!(peer.log().len(), 1, "{}", peer.text());
}

/// Once: nothing remembers that a write has failed: the next flush sends again what had left already, and the connection
/// goes on. (A page that does not look at what `send` returns; a write that runs out of time, and a peer that wakes up.)
#[test]
fn nothing_leaves_behind_a_write_that_has_failed() {
    assert_only_a_beginning_is_written("/stubborn", 7, IoFault::Fail(ErrorKind::TimedOut));
}

/// Once: the same for a call that a page has dropped, which "ends the connection" (see `Connection`): bytes are sent
/// twice, or counted and never sent, and the next answer stands where they should.
#[test]
fn nothing_leaves_behind_a_call_that_was_dropped() {
    assert_only_a_beginning_is_written("/hasty", 10, IoFault::Pend);
    assert_only_a_beginning_is_written("/impatient", 100, IoFault::Pend);
}

/// A transport that keeps bytes back until they are flushed, as it may, and is interrupted when it flushes first.
struct Holding(&'static [u8], Vec<u8>, Vec<u8>, bool);

impl ErrorType for Holding {
    type Error = ErrorKind;
}

impl Read for Holding {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        Ok(Read::read(&mut self.0, memory).await.unwrap_or_else(|never: Infallible| match never {}))
    }
}

impl Write for Holding {
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

impl Transport for Holding {}

/// Once: `write` takes an interrupted `flush` for a done one; a transport that keeps bytes back until then loses them.
#[test]
fn a_flush_that_is_interrupted_is_made_again() {
    let mut holding = Holding(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Vec::new(), Vec::new(), false);
    run(serve(&mut holding, &mut Buffers::<256, 256>::new().state(), &Unchecked)).expect("a sound stream");
    assert!(holding.2.ends_with(b"hello"));
}

/// Once: the same for `shutdown_write` in `close`: our side may stay open, and what the peer still sends is not read.
#[test]
fn a_shutdown_that_is_interrupted_is_made_again() {
    // A read, a write, its flush, and the shutdown.
    let peer = ScriptedPeer::sending(get("/none")).with_fault(3, IoFault::Fail(ErrorKind::Interrupted));
    assert_eq!(serve_unchecked(peer, 0).phases().last(), Some(&Phase::Close));
}

/// Once: where even the head of a refusal cannot be staged, the peer hears nothing and `serve` fails with a misuse, though
/// it says that it fails with "what the stream failed with" only. A 500 would fit.
#[test]
fn where_a_refusal_does_not_fit_a_failure_may() {
    let mut peer = ScriptedPeer::sending(get("/only-trace"));
    let mut buffers = Buffers::<256, 120>::new();
    let result = run(serve(&mut peer, &mut buffers.state(), &Unchecked));
    assert!(result.is_ok() && peer.received().starts_with(b"HTTP/1.1 500 "), "{result:?}: {}", peer.text());
}

/// Once: the refusal of a panic looked for `HEAD ` at the first byte, where an empty line may stand; the log gets no request line.
#[test]
fn a_page_that_panics_answers_head_without_a_body_behind_an_empty_line_too() {
    let mut buffers = Buffers::<256, 256>::new();
    let mut state = buffers.state();
    let mut peer = ScriptedPeer::sending("\r\nHEAD /asleep HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(poll_times(serve(&mut peer, &mut state, &Unchecked), 1).is_none());
    run(recover(&mut peer, &mut state)).expect("a sound stream");
    assert!(read(peer.received(), |_| true).is_ok(), "{}", peer.text());
    assert_eq!(peer.log()[0].request_line, b"HEAD /asleep HTTP/1.1");
}

/// Once: an answer that had begun to leave when its page panicked is never reported, so that it is in no log.
#[test]
fn a_page_that_panics_late_is_reported() {
    let mut buffers = Buffers::<256, 256>::new();
    let mut state = buffers.state();
    let mut peer = ScriptedPeer::sending(get("/asleep-late"));
    assert!(poll_times(serve(&mut peer, &mut state, &Unchecked), 1).is_none());
    run(recover(&mut peer, &mut state)).expect("a sound stream");
    let faults: Vec<_> = peer.log().iter().map(|entry| entry.fault).collect();
    assert_eq!(faults, [Some(Fault::Misuse(Misuse::Panicked))]);
}

/// Once: "every rejection is answered with a short HTML body"; in a buffer of
/// `MIN_OUTPUT` 405 and 431 have lost theirs.
#[test]
fn every_refusal_has_a_body_in_the_smallest_buffer() {
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(300));
    for said in [get("/none"), long] {
        let peer = serve_unchecked(ScriptedPeer::sending(said), 0);
        let answers = read(peer.received(), |_| false).expect("well-formed");
        assert!(!answers[0].body.is_empty(), "{}", peer.text());
    }
}

/// Once: a second `Transfer-Encoding` without a member passes, though "a second line ... leaves two readings".
#[test]
fn a_second_coding_is_refused_even_if_it_is_empty() {
    let said =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n";
    let peer = serve_unchecked(ScriptedPeer::sending(said), 0);
    assert!(peer.received().starts_with(b"HTTP/1.1 400 "), "{}", peer.text());
}

/// Once: the bound is reached before the last chunk is looked at: by length 64 KB are drained, in chunks they are not.
#[test]
fn chunks_of_just_64_kb_are_drained() {
    let coded = format!("400\r\n{}\r\n", "x".repeat(1024)).repeat(bantam::MAX_DRAIN / 1024) + "0\r\n\r\n";
    assert_eq!(
        serve_unchecked(ScriptedPeer::sending(chunked("/", &coded) + &get("/")), u64::MAX).log().len(),
        2
    );
}

/// Once: "entered anew for every piece of at most `MAX_WRITE` bytes": a response buffer beyond that leaves as one piece.
#[test]
fn no_piece_under_one_deadline_is_longer_than_it_may_be() {
    let mut peer = ScriptedPeer::sending(get("/").repeat(2_000));
    run(serve(&mut peer, &mut Buffers::<70_000, 200_000>::new().state(), &Unchecked))
        .expect("a sound stream");
    assert!(peer.writes().iter().all(|piece| *piece <= MAX_WRITE), "{:?}", peer.writes());
}

/// Once: RFC 9110 section 15.3.6: a server MUST NOT generate content in a 205 response.
#[test]
fn a_205_has_no_content() {
    let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("sound");
    let reset = Status::new(205).expect("three digits");
    let made = Cycle::begin(&head, 0).expect("no body").respond(reset, Some(1), true);
    assert_eq!(made, Err(Misuse::BodyForbidden));
}

/// Once: RFC 9110 section 7.8: whoever sends Upgrade MUST name it in `Connection`, too. 426 has to send it (section
/// 15.5.22), and its page cannot: `Connection` is the core's own.
#[test]
fn a_426_names_upgrade_in_connection() {
    let text =
        serve_unchecked(ScriptedPeer::sending(get("/upgrade-required")), 0).text().to_ascii_lowercase();
    assert!(text.contains("\r\nconnection: upgrade"), "{text}");
}

/// Once: `offset` says "where the refused byte is"; for a version it is where the version begins.
#[test]
fn a_flaw_in_a_version_has_its_offset() {
    let mut parser = HeadParser::request();
    assert!(parser.advance(b"GET / HTTQ/1.1\r\n").is_err());
    assert_eq!(parser.offset(), 9);
}

/// Once: "the first byte that cannot be refuses it, complete or not": the fourth digit of a status cannot be.
#[test]
fn the_fourth_digit_of_a_status_is_refused_at_once() {
    for status in ["2000", "201020"] {
        let mut parser = HeadParser::response();
        assert_eq!(parser.advance(format!("HTTP/1.1 {status}").as_bytes()), Err(Rejection::BadStartLine));
        assert_eq!(parser.offset(), 12, "{status}");
    }
}

/// Once: `Transfer-Encoding: gzip` was 501, as an unknown coding. RFC 9112 section 6.3, item 4: where chunked is not the last
/// coding nobody knows where the body ends, and a server MUST answer 400. (Before a last `chunked` it is 501.)
#[test]
fn a_coding_that_hides_the_end_of_the_body_is_400_and_an_unknown_one_before_chunked_501() {
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

/// Once: a method that fills the buffer was 414. RFC 9112 section 3: a method longer than any that is implemented is 501.
#[test]
fn a_method_without_an_end_is_501_and_a_target_without_one_414() {
    for (said, status) in [("G".repeat(300), 501), (format!("GET /{}", "a".repeat(300)), 414)] {
        let peer = serve_unchecked(ScriptedPeer::sending(said), 0);
        assert!(peer.text().starts_with(&format!("HTTP/1.1 {status} ")), "{}", peer.text());
    }
}

/// Once: 101 was sent before the body had come, which its page then read as the new protocol, and without the 100 that RFC
/// 9110 section 7.8 wants before it.
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
