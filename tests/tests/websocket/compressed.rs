//! A page with permessage-deflate over a simulated peer: the cases of Autobahn, the examples of RFC 7692, limits, every failing call,
//! every dropped future.

use std::pin::pin;

use bantam::wire::{DeflateOptions, Opcode};
use bantam::{Buffers, Connection, RequestDetails, Site, WebSocketOptions, serve};
use bantam_tests::executor::{poll_once, poll_times, run, yield_once};
use bantam_tests::script::{IoFault, ScriptedPeer};
use embedded_io::ErrorKind;

use crate::case::{BINARY, CONTINUATION, Ending, FIN, Frame, PING, PONG, TEXT, binary, close, frame, text};
use crate::deflate_client::{Agreed, Client, RSV1};
use crate::echo::{ending, read};
use crate::{handshake, sections_12_and_13};

const OFFER: &str = "permessage-deflate; client_max_window_bits";

/// Sends each message back.
struct Echo {
    memory: usize,
    max_message: u64,
    deflate: DeflateOptions,
    /// Drops each future of `recv` that is pending.
    is_impatient: bool,
    /// The length of the parts in which messages are sent.
    part: usize,
}

impl Echo {
    const DEFAULT: Self = Self {
        memory: 4096,
        max_message: u64::MAX,
        deflate: DeflateOptions::DEFAULT,
        is_impatient: false,
        part: usize::MAX,
    };
}

impl Site for Echo {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = vec![0; self.memory];
        let mut options = WebSocketOptions::DEFAULT;
        options.max_message = self.max_message;
        let socket = bantam_std::websocket(details, &mut memory, &options, &self.deflate).await?;
        let Some(mut socket) = socket else { return Ok(()) };
        let mut message = Vec::new();
        loop {
            let received =
                if self.is_impatient { poll_times(socket.recv(), 1) } else { Some(socket.recv().await) };
            let (opcode, is_last) = match received {
                None => {
                    yield_once().await;
                    continue;
                }
                Some(Ok(Some(piece))) => {
                    message.extend_from_slice(piece.data);
                    (piece.opcode, piece.is_last)
                }
                Some(_) => return Ok(()),
            };
            if !is_last {
                continue;
            }
            let message = std::mem::take(&mut message);
            let parts: Vec<_> = message.chunks(self.part).collect();
            for (at, part) in parts.iter().enumerate() {
                let opcode = if at == 0 { opcode } else { Opcode::Continuation };
                if socket.send(opcode, at + 1 == parts.len(), part).await.is_err() {
                    return Ok(());
                }
            }
            if message.is_empty() && socket.send(opcode, true, &[]).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// Bytes that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    sections_12_and_13::numbers().map(|number| (number >> 8) as u8).take(length).collect()
}

fn upgrade(offer: &str) -> Vec<u8> {
    let lines = handshake::LINES.join("\r\n");
    format!("{lines}\r\nHost: a\r\nSec-WebSocket-Extensions: {offer}\r\n\r\n").into_bytes()
}

fn run_on(site: &impl Site, peer: &mut ScriptedPeer) {
    let _ = run(serve(peer, &mut Buffers::<512, 512>::new().state(), site));
}

/// Serves a peer; returns what was agreed, the frames and how the connection has ended.
fn serve_on(site: &impl Site, peer: &mut ScriptedPeer) -> (Option<Agreed>, Vec<Frame>, Ending) {
    run_on(site, peer);
    let Some(end) = peer.written.windows(4).position(|end| end == b"\r\n\r\n") else {
        return (None, Vec::new(), Ending::Open);
    };
    let head = String::from_utf8_lossy(&peer.written[..end]).into_owned();
    let agreed =
        head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: ")).map(Agreed::of);
    let (frames, ending) = ending(read(&peer.written[end + 4..]));
    (agreed, frames, ending)
}

fn agree(site: &Echo, offer: &str) -> Agreed {
    serve_on(site, &mut ScriptedPeer::sending(upgrade(offer))).0.expect("an agreement")
}

fn bytes(offer: &str, frames: &[Frame]) -> Vec<u8> {
    let frames = frames.iter().flat_map(|frame| frame.bytes(Some([5, 6, 7, 8])));
    upgrade(offer).into_iter().chain(frames).collect()
}

#[test]
fn a_page_passes_every_case_of_the_sections_12_and_13_of_autobahn() {
    let cases = sections_12_and_13::cases();
    let mut numbers: Vec<_> = cases.iter().map(|case| &case.number).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 216);
    let mut failed = Vec::new();
    for case in cases {
        let agreed = agree(&Echo::DEFAULT, case.offer);
        let mut client = Client::new(agreed);
        let mut frames = Vec::new();
        for message in &case.messages {
            frames.extend(client.frames(case.opcode, message, case.fragment));
        }
        frames.push(close(1000, ""));
        let (_, answers, ending) =
            serve_on(&Echo::DEFAULT, &mut ScriptedPeer::sending(bytes(case.offer, &frames)));
        let messages = client.messages(&answers);
        let are_equal = messages.len() == case.messages.len()
            && messages
                .iter()
                .zip(&case.messages)
                .all(|((opcode, got), sent)| *opcode == case.opcode && got == sent);
        if !are_equal || ending != Ending::Code(1000) {
            failed.push(format!("{}: {} answers, {ending:?}", case.number, answers.len()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// RFC 7692 section 7.2.3: each payload is one message of a client with context takeover.
#[test]
fn the_examples_of_the_specification_are_read() {
    let examples: [(&[u8], &str); 8] = [
        (b"\xf2\x48\xcd\xc9\xc9\x07\x00", "Hello"),
        // Refers to the message before it.
        (b"\xf2\x00\x11\x00\x00", "Hello"),
        (b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", "Hello"),
        (b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", "Hello"),
        (b"\x00", ""),
        // A block that ends its stream, and an empty one behind it.
        (b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "Hello"),
        (b"\xf2\x48\xcd\xc9\xc9\x07\x00", "Hello"),
        (b"\xf2\x00\x11\x00\x00", "Hello"),
    ];
    let mut frames: Vec<_> = examples.iter().map(|(payload, _)| frame(FIN | TEXT | RSV1, payload)).collect();
    // In two fragments.
    frames.push(frame(TEXT | RSV1, b"\xf2\x48\xcd"));
    frames.push(frame(FIN | CONTINUATION, b"\xc9\xc9\x07\x00"));
    frames.push(close(1000, ""));
    for memory in [2, 3, 7, 64, 4096] {
        let site = Echo { memory, ..Echo::DEFAULT };
        let (agreed, answers, ending) = serve_on(&site, &mut ScriptedPeer::sending(bytes(OFFER, &frames)));
        let messages = Client::new(agreed.expect("an agreement")).messages(&answers);
        let texts: Vec<_> =
            messages.iter().map(|(_, text)| std::str::from_utf8(text).expect("UTF-8")).collect();
        assert_eq!(texts, ["Hello", "Hello", "Hello", "Hello", "", "Hello", "Hello", "Hello", "Hello"]);
        assert_eq!(ending, Ending::Code(1000));
    }
}

#[test]
fn a_message_that_cannot_be_decompressed_or_is_no_text_ends_the_connection() {
    let mut client = Client::new(agree(&Echo::DEFAULT, OFFER));
    let not_utf8 = client.compress(b"ab\xff");
    let torn = client.compress("\u{e4}".as_bytes());
    for (frames, code) in [
        // A block of a kind that there is not; a distance before the start; a length that does not match.
        (vec![frame(FIN | TEXT | RSV1, b"\x07")], 1007),
        (vec![frame(FIN | TEXT | RSV1, b"\xf2\x00\x11\x00\x00")], 1007),
        (vec![frame(FIN | BINARY | RSV1, b"\x00\x05\x00\x00\x00Hello\x00")], 1007),
        (vec![frame(FIN | TEXT | RSV1, &not_utf8)], 1007),
        (vec![frame(TEXT | RSV1, &torn), frame(FIN, b""), frame(TEXT | FIN, b"\xff")], 1007),
        (vec![frame(TEXT | RSV1, b""), frame(FIN | RSV1, b"\x00")], 1002),
        (vec![frame(PING | RSV1, b"")], 1002),
    ] {
        for size in [1, 3, usize::MAX] {
            let mut peer = ScriptedPeer::sending(bytes(OFFER, &frames)).max_read(size);
            assert_eq!(serve_on(&Echo::DEFAULT, &mut peer).2, Ending::Code(code), "{frames:?}");
        }
    }
}

#[test]
fn a_message_counts_as_long_as_it_is_decompressed() {
    let site = Echo { max_message: 100_000, ..Echo::DEFAULT };
    for (length, code) in [(100_000, 1000), (100_001, 1009), (50_000_000, 1009)] {
        let mut client = Client::new(agree(&site, OFFER));
        let mut frames = client.frames(BINARY, &vec![0; length], 100);
        assert!(frames.iter().map(|frame| frame.payload.len()).sum::<usize>() < length / 500);
        frames.push(close(1000, ""));
        let (_, answers, ending) = serve_on(&site, &mut ScriptedPeer::sending(bytes(OFFER, &frames)));
        assert_eq!((ending, answers.is_empty()), (Ending::Code(code), code == 1009), "{length}");
    }
    // What does not become shorter is not longer for that.
    let site = Echo { max_message: 1000, ..Echo::DEFAULT };
    let mut client = Client::new(agree(&site, OFFER));
    let noise = noise(1000);
    let mut frames = client.frames(BINARY, &noise, usize::MAX);
    assert!(frames[0].payload.len() > 1000);
    frames.push(close(1000, ""));
    let (_, answers, ending) = serve_on(&site, &mut ScriptedPeer::sending(bytes(OFFER, &frames)));
    assert_eq!(ending, Ending::Code(1000));
    assert_eq!(client.messages(&answers), [(BINARY, noise)]);
}

#[test]
fn what_is_agreed_is_what_is_done() {
    let text_of_512: String = noise(512).iter().map(|byte| char::from(b'a' + byte % 23)).collect();
    for (server, client, bits) in [(false, false, 15), (true, false, 9), (false, true, 10), (true, true, 15)]
    {
        let mut deflate = DeflateOptions::DEFAULT;
        (deflate.server_no_context_takeover, deflate.client_no_context_takeover) = (server, client);
        (deflate.server_max_window_bits, deflate.client_max_window_bits) = (bits, bits);
        let site = Echo { deflate, ..Echo::DEFAULT };
        let agreed = agree(&site, OFFER);
        assert_eq!((agreed.server_takeover, agreed.client_takeover), (!server, !client));
        assert_eq!((agreed.server_bits, agreed.client_bits), (bits, bits));
        let mut peer = Client::new(agreed);
        let mut frames: Vec<_> =
            (0..3).flat_map(|_| peer.frames(TEXT, text_of_512.as_bytes(), 100)).collect();
        frames.push(close(1000, ""));
        let (_, answers, ending) = serve_on(&site, &mut ScriptedPeer::sending(bytes(OFFER, &frames)));
        assert_eq!(ending, Ending::Code(1000));
        let lengths: Vec<_> = answers.iter().map(|answer| answer.payload.len()).collect();
        assert_eq!(lengths[1] < lengths[0] / 4, !server, "{lengths:?}");
        assert_eq!(peer.messages(&answers), vec![(TEXT, text_of_512.clone().into_bytes()); 3]);
    }
}

#[test]
fn a_client_without_the_extension_is_served_without_it() {
    for offer in ["x-other", "permessage-deflate; server_max_window_bits=8"] {
        let frames = [text("Hello"), frame(PING, "a"), binary([7; 5000]), close(1000, "")];
        let mut peer = ScriptedPeer::sending(bytes(offer, &frames));
        let (agreed, answers, ending) = serve_on(&Echo::DEFAULT, &mut peer);
        assert!(agreed.is_none());
        assert_eq!(
            (answers, ending),
            (vec![text("Hello"), frame(PONG, "a"), binary([7; 5000])], Ending::Code(1000))
        );
        let mut peer = ScriptedPeer::sending(bytes(offer, &[frame(FIN | TEXT | RSV1, "x")]));
        assert_eq!(serve_on(&Echo::DEFAULT, &mut peer).2, Ending::Code(1002));
    }
}

/// Messages of every kind, and what they say.
fn sample(client: &mut Client) -> (Vec<Frame>, Vec<(u8, Vec<u8>)>) {
    let long = "long ".repeat(50);
    let noise = noise(300);
    let mut frames = client.frames(TEXT, b"Hello", 3);
    frames.insert(1, frame(PING, "a ping"));
    // Not compressed, in two frames.
    frames.extend([frame(TEXT, "pla"), frame(FIN, "in")]);
    frames.extend(client.frames(TEXT, b"", 9));
    frames.extend(client.frames(TEXT, long.as_bytes(), 20));
    frames.extend(client.frames(BINARY, &noise, 100));
    frames.push(close(1000, "bye"));
    let messages = [(TEXT, "Hello"), (TEXT, "plain"), (TEXT, ""), (TEXT, &long)];
    let mut messages: Vec<_> = messages.map(|(opcode, text)| (opcode, text.as_bytes().to_vec())).into();
    messages.push((BINARY, noise));
    (frames, messages)
}

/// The messages of the server but its pongs.
fn messages(client: &mut Client, frames: &[Frame]) -> Vec<(u8, Vec<u8>)> {
    let data: Vec<_> = frames.iter().filter(|frame| frame.first != PONG).cloned().collect();
    client.messages(&data)
}

#[test]
fn messages_pass_through_any_memory_in_reads_and_parts_of_any_size() {
    let agreed = agree(&Echo::DEFAULT, OFFER);
    for (memory, reads, part) in
        [(2, 1, 1), (3, 5, 2), (9, 2, 100), (64, 64, 7), (600, 1, 4096), (4096, 4096, 64)]
    {
        let mut client = Client::new(agreed);
        let (frames, expected) = sample(&mut client);
        let site = Echo { memory, part, ..Echo::DEFAULT };
        let mut peer = ScriptedPeer::sending(bytes(OFFER, &frames)).max_read(reads).max_write(11);
        let (_, answers, ending) = serve_on(&site, &mut peer);
        assert_eq!(messages(&mut client, &answers), expected, "{memory} {reads} {part}");
        assert_eq!(ending, Ending::Code(1000));
    }
}

#[test]
fn a_recv_that_is_dropped_at_any_call_loses_nothing() {
    let agreed = agree(&Echo::DEFAULT, OFFER);
    let (frames, expected) = sample(&mut Client::new(agreed));
    let site = Echo { memory: 32, is_impatient: true, ..Echo::DEFAULT };
    let peer = || ScriptedPeer::sending(bytes(OFFER, &frames)).max_read(9).max_write(25);
    let mut plain = peer();
    run_on(&site, &mut plain);
    for call in 0..plain.calls {
        let mut pending = peer().with_fault(call, IoFault::Pend);
        let (_, answers, ending) = serve_on(&site, &mut pending);
        assert_eq!(messages(&mut Client::new(agreed), &answers), expected, "call {call} is pending");
        assert_eq!(ending, Ending::Code(1000));
    }
}

#[test]
fn a_failing_call_ends_the_connection_and_changes_nothing_before() {
    let (frames, _) = sample(&mut Client::new(agree(&Echo::DEFAULT, OFFER)));
    let site = Echo { memory: 32, ..Echo::DEFAULT };
    let peer = || ScriptedPeer::sending(bytes(OFFER, &frames)).max_read(40).max_write(40);
    let mut plain = peer();
    run_on(&site, &mut plain);
    for call in 0..plain.calls {
        for fault in [IoFault::FailForever(ErrorKind::ConnectionReset), IoFault::Zero] {
            let mut failing = peer().with_fault(call, fault);
            run_on(&site, &mut failing);
            let written = &failing.written;
            assert!(plain.written.starts_with(written) || written.starts_with(b"HTTP/1.1 4"), "call {call}");
        }
    }
}

/// A page that drops a `send` where it is pending, and sends another message.
struct Impatient;

impl Site for Impatient {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 64];
        let deflate = &DeflateOptions::DEFAULT;
        let socket = bantam_std::websocket(details, &mut memory, &WebSocketOptions::DEFAULT, deflate).await?;
        let Some(mut socket) = socket else { return Ok(()) };
        let noise = noise(9000);
        for data in [&noise[..100], &noise[..300], &noise[..]] {
            let sent = poll_once(pin!(socket.send_binary(data)));
            let next = socket.send_text("next").await;
            assert!(data.len() > 100 || next.is_ok(), "a short frame is sent by the next call");
            if next.is_err() {
                assert!(sent.is_pending());
                assert!(socket.send_text("never").await.is_err());
                break;
            }
        }
        Ok(())
    }
}

#[test]
fn a_send_that_is_dropped_is_made_up_for_or_ends_the_connection() {
    let peer = || ScriptedPeer::sending(upgrade(OFFER)).max_write(50);
    let mut plain = peer();
    let (agreed, answers, _) = serve_on(&Impatient, &mut plain);
    let expected = Client::new(agreed.expect("an agreement")).messages(&answers);
    assert_eq!(
        expected.iter().map(|(_, message)| message.len()).collect::<Vec<_>>(),
        [100, 4, 300, 4, 9000, 4]
    );
    let mut torn = 0;
    for call in 0..plain.calls {
        let mut pending = peer().with_fault(call, IoFault::Pend);
        run_on(&Impatient, &mut pending);
        let written = &pending.written;
        assert!(plain.written.starts_with(written), "call {call}: no frame is in another");
        torn += usize::from(written.len() < plain.written.len());
    }
    assert!(torn > 10, "{torn} were torn");
}
