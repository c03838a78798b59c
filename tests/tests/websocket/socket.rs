//! A page with a WebSocket connection, over a simulated peer: the cases of Autobahn, every failing call, every dropped future.

use std::pin::pin;
use std::time::Duration;

use bantam::wire::{CloseCode, Opcode};
use bantam::{Buffers, Connection, RequestDetails, Site, SocketError, WebSocketOptions, serve};
use bantam_tests::executor::{poll_once, poll_times, run, yield_once};
use bantam_tests::script::{IoFault, ScriptedPeer, Step};
use embedded_io::ErrorKind;

use crate::case::{Ending, Frame, PING, PONG, TEXT, close, frame, text};
use crate::echo::{ending, read};
use crate::{all, handshake};

/// How a page echoes.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Whole,
    /// Each future is dropped when it is pending, and made anew.
    Impatient,
}

struct Echo {
    memory: usize,
    how: How,
}

impl Site for Echo {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = vec![0; self.memory];
        let mut options = WebSocketOptions::DEFAULT;
        options.protocols = &["echo"];
        let Some(mut socket) = details.websocket(&mut memory, &options).await? else { return Ok(()) };
        let mut message = Vec::new();
        loop {
            let (opcode, is_last) = {
                let received = match self.how {
                    How::Whole => Some(socket.recv().await),
                    How::Impatient => poll_times(socket.recv(), 1),
                };
                match received {
                    None => {
                        yield_once().await;
                        continue;
                    }
                    Some(Ok(Some(piece))) => {
                        message.extend_from_slice(piece.data);
                        (piece.opcode, piece.is_last)
                    }
                    Some(_) => return Ok(()),
                }
            };
            if is_last && socket.send(opcode, true, &std::mem::take(&mut message)).await.is_err() {
                return Ok(());
            }
        }
    }
}

fn upgrade() -> Vec<u8> {
    format!("{}\r\nHost: a\r\nSec-WebSocket-Protocol: x, echo\r\n\r\n", handshake::LINES.join("\r\n"))
        .into_bytes()
}

const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: echo\r\n\
                      Connection: upgrade\r\n\r\n";

fn serve_on(site: &impl Site, peer: &mut ScriptedPeer) {
    let _ = run(serve(peer, &mut Buffers::<512, 512>::new().state(), site));
}

/// The frames behind the answer to the handshake, and how the connection has ended.
fn frames(peer: &ScriptedPeer) -> (Vec<Frame>, Ending) {
    let sent = &peer.written;
    assert!(sent.starts_with(ANSWER.as_bytes()), "{}", peer.text());
    ending(read(&sent[ANSWER.len()..]))
}

fn client(frames: &[Frame]) -> Vec<u8> {
    let bytes = frames.iter().flat_map(|frame| frame.bytes(Some([5, 6, 7, 8])));
    upgrade().into_iter().chain(bytes).collect()
}

#[test]
fn a_page_passes_every_case_of_autobahn_through_any_memory() {
    let mut failed = Vec::new();
    for case in all() {
        let bytes = [upgrade(), case.bytes.clone()].concat();
        let ways: &[(usize, usize)] = if bytes.len() < 3_000 {
            &[(1, 1), (7, 3), (128, usize::MAX), (512, 100)]
        } else {
            &[(4096, usize::MAX)]
        };
        for (memory, reads) in ways {
            let mut peer = ScriptedPeer::sending(bytes.clone()).max_read(*reads);
            serve_on(&Echo { memory: *memory, how: How::Whole }, &mut peer);
            let (answers, ending) = frames(&peer);
            if answers != case.answers || !case.endings.contains(&ending) {
                failed.push(format!(
                    "{} through {memory}: {} answers, {ending:?}",
                    case.number,
                    answers.len()
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn sample() -> Vec<Frame> {
    vec![
        text("Hello"),
        frame(TEXT, "in "),
        frame(PING, "a ping"),
        frame(0x80, "parts"),
        text("long ".repeat(50)),
        close(1000, "bye"),
    ]
}

fn sample_answers() -> Vec<Frame> {
    vec![text("Hello"), frame(PONG, "a ping"), text("in parts"), text("long ".repeat(50))]
}

#[test]
fn a_future_that_is_dropped_at_any_call_loses_nothing() {
    let site = Echo { memory: 16, how: How::Impatient };
    let peer = || ScriptedPeer::sending(client(&sample())).max_read(9).max_write(5);
    let mut plain = peer();
    serve_on(&site, &mut plain);
    assert_eq!(frames(&plain), (sample_answers(), Ending::Code(1000)));
    for call in 0..plain.calls {
        let mut pending = peer().with_fault(call, IoFault::Pend);
        serve_on(&site, &mut pending);
        assert_eq!(frames(&pending), (sample_answers(), Ending::Code(1000)), "call {call} is pending");
    }
}

#[test]
fn a_failing_call_ends_the_connection_and_tears_no_frame_but_the_last() {
    let site = Echo { memory: 16, how: How::Whole };
    let peer = || ScriptedPeer::sending(client(&sample())).max_read(9).max_write(7);
    let mut plain = peer();
    serve_on(&site, &mut plain);
    let expected = plain.written.clone();
    for call in 0..plain.calls {
        let mut interrupted = peer().with_fault(call, IoFault::Fail(ErrorKind::Interrupted));
        serve_on(&site, &mut interrupted);
        assert!(expected.starts_with(&interrupted.written), "call {call}: {}", interrupted.text());
        for fault in [IoFault::FailForever(ErrorKind::ConnectionReset), IoFault::Zero] {
            let mut failing = peer().with_fault(call, fault);
            serve_on(&site, &mut failing);
            let written = &failing.written;
            assert!(
                expected.starts_with(written) || written.starts_with(b"HTTP/1.1 4"),
                "call {call}: {}",
                failing.text()
            );
        }
    }
}

#[test]
fn a_silent_peer_is_asked_by_a_ping_and_then_given_up() {
    let site = Echo { memory: 16, how: How::Whole };
    let long = Duration::from_secs(100_000);
    let mut peer = ScriptedPeer::new([Step::Send(client(&[text("a")])), Step::Delay(long), Step::Stall]);
    serve_on(&site, &mut peer);
    assert_eq!(frames(&peer), (vec![text("a"), frame(PING, "")], Ending::Open));

    let pong = frame(PONG, "").bytes(Some([0; 4]));
    let asked = [ANSWER.as_bytes(), b"\x81\x01a\x89\x00"].concat();
    let rest = [pong, text("b").bytes(Some([0; 4])), close(1001, "").bytes(Some([0; 4]))].concat();
    let mut peer =
        ScriptedPeer::new([Step::Send(client(&[text("a")])), Step::Expect(asked), Step::Send(rest)]);
    serve_on(&site, &mut peer);
    // A read has timed out before the ping, as it should.
    assert_eq!(frames(&peer), (vec![text("a"), frame(PING, ""), text("b")], Ending::Code(1001)));
}

#[test]
fn a_request_that_does_not_ask_for_it_is_answered_and_keeps_its_connection() {
    let site = Echo { memory: 16, how: How::Whole };
    for (from, to, status) in [
        ("Upgrade: websocket", "X: y", "426"),
        ("Version: 13", "Version: 8", "426"),
        ("ZQ==", "ZQ=", "400"),
        ("\r\n\r\n", "\r\nOrigin: http://b.example\r\n\r\n", "403"),
    ] {
        let request = String::from_utf8(upgrade()).expect("text").replace(from, to);
        let mut peer = ScriptedPeer::sending([request.as_bytes(), &client(&[close(1000, "")])].concat());
        serve_on(&site, &mut peer);
        let answer = peer.text();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{from}: {answer}");
        assert_eq!(status == "426", answer.contains("Sec-WebSocket-Version: 13\r\n"), "{answer}");
        assert!(answer.contains("HTTP/1.1 101 "), "the next request is served: {answer}");
    }
}

/// A page that closes first, and sends what it may and may not send then.
struct Farewell;

impl Site for Farewell {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 32];
        let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else {
            return Ok(());
        };
        socket.send(Opcode::Text, false, b"a").await.expect("sent");
        socket.send(Opcode::Continuation, true, b"b").await.expect("sent");
        socket.send_text("c").await.expect("sent");
        socket.send_binary(&[0; 200]).await.expect("sent");
        let reason = "é".repeat(70);
        assert!(socket.close(CloseCode::GOING_AWAY, &reason).await.is_ok());
        assert_eq!(socket.close_code(), Some(CloseCode::NORMAL));
        assert!(matches!(socket.send_text("d").await, Err(SocketError::Closed)));
        assert!(socket.recv().await.is_ok_and(|piece| piece.is_none()));
        Ok(())
    }
}

#[test]
fn a_page_closes_and_drops_what_comes_before_the_answer() {
    let frames_of_client = [text("late"), frame(PING, "late"), close(1000, "")];
    for reads in 1..40 {
        let mut peer = ScriptedPeer::sending(client(&frames_of_client)).max_read(reads).max_write(3);
        serve_on(&Farewell, &mut peer);
        let start = peer.written.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
        let sent = read(&peer.written[start..]);
        let farewell = close(1001, "é".repeat(61));
        assert_eq!(sent, [frame(TEXT, "a"), frame(0x80, "b"), text("c"), frame(0x82, [0; 200]), farewell]);
    }
}

#[test]
fn a_server_that_stops_says_goodbye_and_the_peer_has_a_time_to_answer() {
    let site = Echo { memory: 16, how: How::Whole };
    let hello = || Step::Send(client(&[text("a")]));
    let answer = || close(1001, "").bytes(Some([0; 4]));
    let second = Step::Delay(Duration::from_secs(1));
    let slow = [text("lost").bytes(Some([0; 4])), frame(PING, "").bytes(Some([0; 4]))].concat();
    for rest in [
        vec![Step::Send(answer())],
        vec![second.clone(), Step::Send([slow.clone(), answer()].concat())],
        vec![
            second.clone(),
            Step::Send(slow.clone()),
            second.clone(),
            Step::Send(slow),
            second,
            Step::Send(answer()),
        ],
        vec![Step::Stall],
    ] {
        let mut peer = ScriptedPeer::new(
            [vec![hello(), Step::Delay(Duration::from_secs(1)), Step::Stop], rest].concat(),
        );
        serve_on(&site, &mut peer);
        assert_eq!(frames(&peer), (vec![text("a")], Ending::Code(1001)));
    }
}

#[test]
fn a_send_in_a_server_that_stops_closes_and_sends_nothing() {
    let mut peer = ScriptedPeer::sending(client(&[text("a"), close(1001, "")]));
    peer.environment.stopping = true;
    serve_on(&Late, &mut peer);
    let start = peer.written.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    assert_eq!(read(&peer.written[start..]), [close(1001, "")]);
}

/// A page that sends before it receives.
struct Late;

impl Site for Late {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 32];
        let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else {
            return Ok(());
        };
        assert!(matches!(socket.send_text("b").await, Err(SocketError::Closed)));
        assert!(socket.recv().await.is_ok_and(|piece| piece.is_none()), "the answer of the peer");
        Ok(())
    }
}

/// A page that drops a `send` where it is pending, and sends another message.
struct Impatient;

impl Site for Impatient {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 32];
        let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else {
            return Ok(());
        };
        for length in [100, 300] {
            let data = vec![7; length];
            let sent = poll_once(pin!(socket.send_binary(&data)));
            let next = socket.send_text("x").await;
            assert!(length == 300 || next.is_ok(), "a short frame is sent by the next call");
            if next.is_err() {
                assert!(sent.is_pending() && matches!(next, Err(SocketError::Closed)));
                assert!(
                    matches!(socket.recv().await, Err(SocketError::Closed)),
                    "nothing follows half a frame"
                );
                break;
            }
        }
        Ok(())
    }
}

#[test]
fn a_send_that_is_dropped_is_made_up_for_or_ends_the_connection() {
    let peer = || ScriptedPeer::sending(client(&[])).max_write(9);
    let mut plain = peer();
    serve_on(&Impatient, &mut plain);
    let start = plain.written.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    let whole = [frame(0x82, [7; 100]), text("x"), frame(0x82, [7; 300]), text("x")];
    assert_eq!(read(&plain.written[start..]), whole);
    let mut torn = 0;
    for call in 0..plain.calls {
        let mut pending = peer().with_fault(call, IoFault::Pend);
        serve_on(&Impatient, &mut pending);
        assert!(plain.written.starts_with(&pending.written), "call {call}: no frame is in another");
        torn += usize::from(pending.written.len() < plain.written.len());
    }
    assert!(torn > 10, "{torn} were torn");
}
