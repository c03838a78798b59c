//! The sans-IO session against a client of rustls in memory: every split, every failing call, every end.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::client::ClientConnection;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};

use super::*;
use crate::tls::Tls;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The stream between both sides, as the server sees it. It does not block.
#[derive(Default)]
struct Wire {
    to_server: VecDeque<u8>,
    to_client: VecDeque<u8>,
    client_has_closed: bool,
    /// The most that one call moves.
    piece: usize,
    /// Every second call returns `WouldBlock`.
    stutters: bool,
    calls: usize,
    fails_at: Option<usize>,
}

impl Wire {
    fn new(piece: usize) -> Self {
        Self { piece, ..Self::default() }
    }

    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        if Some(self.calls) == self.fails_at {
            return Err(ErrorKind::ConnectionReset.into());
        }
        if self.stutters && self.calls.is_multiple_of(2) { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
    }
}

impl Read for Wire {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        self.call()?;
        if self.to_server.is_empty() && !self.client_has_closed {
            return Err(ErrorKind::WouldBlock.into());
        }
        let length = memory.len().min(self.piece);
        self.to_server.read(&mut memory[..length])
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call()?;
        let length = bytes.len().min(self.piece);
        self.to_client.extend(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn server() -> Tls {
    Tls::self_signed(["localhost"]).unwrap()
}

fn client(server: &Tls, versions: &[&'static SupportedProtocolVersion]) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(server.first_certificate().unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let mut config =
        builder.with_protocol_versions(versions).unwrap().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap()
}

/// Moves what the client has to say, and what it is told. Returns what it has read.
fn turn(client: &mut ClientConnection, wire: &mut Wire) -> Vec<u8> {
    let mut read = Vec::new();
    while !wire.to_client.is_empty() {
        client.read_tls(&mut wire.to_client).unwrap();
        client.process_new_packets().unwrap();
        match client.reader().read_to_end(&mut read) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            end => {
                end.unwrap();
            }
        }
    }
    while client.wants_write() {
        client.write_tls(&mut wire.to_server).unwrap();
    }
    read
}

/// Shakes hands to the end.
fn open(session: &mut Session, client: &mut ClientConnection, wire: &mut Wire) {
    for _ in 0..100_000 {
        turn(client, wire);
        match session.shake_hands(wire) {
            Ok(()) => {
                turn(client, wire);
                return;
            }
            Err(HandshakeError::Blocked) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("no progress");
}

fn pair(versions: &[&'static SupportedProtocolVersion], piece: usize) -> (Session, ClientConnection, Wire) {
    let (tls, mut wire) = (server(), Wire::new(piece));
    let (mut session, mut client) = (tls.accept().unwrap(), client(&tls, versions));
    open(&mut session, &mut client, &mut wire);
    (session, client, wire)
}

fn would_wait(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Reads so many bytes with a memory of this size.
fn read_bytes(session: &mut Session, wire: &mut Wire, length: usize, memory: usize) -> Vec<u8> {
    let (mut bytes, mut memory) = (Vec::new(), vec![0; memory]);
    for _ in 0..100_000 {
        if bytes.len() >= length {
            return bytes;
        }
        match session.read(wire, &mut memory) {
            Ok(0) => panic!("the end"),
            Ok(count) => bytes.extend_from_slice(&memory[..count]),
            Err(error) => assert!(would_wait(&error), "{error}"),
        }
    }
    panic!("no progress");
}

fn write_all(
    session: &mut Session,
    client: &mut ClientConnection,
    wire: &mut Wire,
    mut bytes: &[u8],
) -> Vec<u8> {
    let mut got = Vec::new();
    for _ in 0..100_000 {
        if bytes.is_empty() && session.flush(wire).is_ok() {
            got.extend(turn(client, wire));
            return got;
        }
        match session.write(wire, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        got.extend(turn(client, wire));
    }
    panic!("no progress");
}

const BOTH: [&[&SupportedProtocolVersion]; 2] = [&[&version::TLS12], &[&version::TLS13]];

#[test]
fn a_handshake_and_a_request_succeed_at_every_size_of_reads_and_writes() {
    for (versions, number) in BOTH.into_iter().zip([ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3]) {
        for piece in (1..=64).chain([100, 517, 1000, 1 << 20]) {
            for stutters in [false, true] {
                let (tls, mut wire) = (server_once(), Wire::new(piece));
                wire.stutters = stutters;
                let (mut session, mut client) = (tls.accept().unwrap(), client(tls, versions));
                open(&mut session, &mut client, &mut wire);
                assert_eq!(client.protocol_version(), Some(number));
                assert_eq!(client.alpn_protocol(), Some(&b"http/1.1"[..]));
                client.writer().write_all(REQUEST).unwrap();
                turn(&mut client, &mut wire);
                assert_eq!(read_bytes(&mut session, &mut wire, REQUEST.len(), 4096), REQUEST);
                assert_eq!(write_all(&mut session, &mut client, &mut wire, b"hello"), b"hello", "{piece}");
            }
        }
    }
}

/// One key for many handshakes.
fn server_once() -> &'static Tls {
    static SERVER: std::sync::OnceLock<Tls> = std::sync::OnceLock::new();
    SERVER.get_or_init(server)
}

#[test]
fn a_large_body_passes_in_both_directions_and_decrypted_bytes_keep_the_session_readable() {
    let body: Vec<u8> = (0..200_000_u32).map(|byte| (byte % 251) as u8).collect();
    for versions in BOTH {
        for (piece, memory) in [(1000, 100), (1 << 20, 8192), (1 << 20, 1 << 20)] {
            let (mut session, mut client, mut wire) = pair(versions, piece);
            let mut sent = 0;
            let mut got = Vec::new();
            while got.len() < body.len() {
                sent += client.writer().write(&body[sent..]).unwrap();
                turn(&mut client, &mut wire);
                let mut buffer = vec![0; memory];
                match session.read(&mut wire, &mut buffer) {
                    Ok(count) => got.extend_from_slice(&buffer[..count]),
                    Err(error) => {
                        assert!(would_wait(&error), "{error}");
                        assert!(!session.is_readable(), "nothing decrypted is left where it waits");
                    }
                }
            }
            assert!(got == body && !session.is_readable());
            assert!(write_all(&mut session, &mut client, &mut wire, &body) == body);
        }
    }
}

#[test]
fn pipelined_requests_in_one_record_are_read_one_after_the_other_without_the_stream() {
    let (mut session, mut client, mut wire) = pair(BOTH[1], 1 << 20);
    client.writer().write_all(&[REQUEST, REQUEST].concat()).unwrap();
    turn(&mut client, &mut wire);
    assert_eq!(read_bytes(&mut session, &mut wire, REQUEST.len(), REQUEST.len()), REQUEST);
    assert!(session.is_readable());
    let calls = wire.calls;
    assert_eq!(read_bytes(&mut session, &mut wire, REQUEST.len(), REQUEST.len()), REQUEST);
    assert!(!session.is_readable() && wire.calls == calls);
}

#[test]
fn a_call_of_the_stream_that_fails_fails_the_session_and_nothing_panics() {
    for versions in BOTH {
        for fails_at in 1..1000 {
            let (tls, mut wire) = (server_once(), Wire::new(200));
            wire.fails_at = Some(fails_at);
            let (mut session, mut client) = (tls.accept().unwrap(), client(tls, versions));
            let outcome = (|| -> io::Result<()> {
                loop {
                    turn(&mut client, &mut wire);
                    match session.shake_hands(&mut wire) {
                        Ok(()) => break,
                        Err(HandshakeError::Blocked) => {}
                        Err(HandshakeError::Gone(error)) => return Err(error),
                        Err(error) => panic!("{error:?}"),
                    }
                }
                turn(&mut client, &mut wire);
                client.writer().write_all(REQUEST).unwrap();
                turn(&mut client, &mut wire);
                let mut got = 0;
                while got < REQUEST.len() {
                    match session.read(&mut wire, &mut [0; 10]) {
                        Err(error) if would_wait(&error) => {}
                        read => got += read?,
                    }
                }
                session.write(&mut wire, &[b'x'; 3000])?;
                session.close(&mut wire)
            })();
            match outcome {
                Ok(()) => {
                    assert!(wire.calls < fails_at, "a failure that is not reported");
                    assert!(fails_at > 10, "the handshake alone has as many calls");
                    break;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "call {fails_at}"),
            }
        }
    }
}

#[test]
fn close_notify_ends_a_side_and_the_other_goes_on() {
    for versions in BOTH {
        let (mut session, mut client, mut wire) = pair(versions, 1 << 20);
        client.writer().write_all(REQUEST).unwrap();
        client.send_close_notify();
        turn(&mut client, &mut wire);
        assert_eq!(read_bytes(&mut session, &mut wire, REQUEST.len(), 4096), REQUEST);
        assert!(session.is_readable(), "its end is to be read");
        assert_eq!(session.read(&mut wire, &mut [0; 10]).unwrap(), 0);
        assert_eq!(write_all(&mut session, &mut client, &mut wire, b"hello"), b"hello");
        session.close(&mut wire).unwrap();
        session.close(&mut wire).unwrap();
        while !wire.to_client.is_empty() {
            client.read_tls(&mut wire.to_client).unwrap();
        }
        assert!(client.process_new_packets().unwrap().peer_has_closed());
    }
}

#[test]
fn a_stream_that_ends_without_close_notify_is_the_end() {
    let (mut session, mut client, mut wire) = pair(BOTH[1], 1 << 20);
    client.writer().write_all(REQUEST).unwrap();
    turn(&mut client, &mut wire);
    // A part of a record, and the end.
    wire.to_server.truncate(wire.to_server.len() - 1);
    wire.client_has_closed = true;
    assert_eq!(session.read(&mut wire, &mut [0; 100]).unwrap(), 0);
    assert!(session.is_readable());
    assert_eq!(session.read(&mut wire, &mut [0; 100]).unwrap(), 0);
    // In the handshake it is an error.
    let (mut session, mut wire) = (server_once().accept().unwrap(), Wire::new(1 << 20));
    wire.client_has_closed = true;
    assert!(matches!(session.shake_hands(&mut wire), Err(HandshakeError::Gone(_))));
}

#[test]
fn a_record_that_was_changed_is_answered_with_an_alert_and_ends_the_connection() {
    let (mut session, mut client, mut wire) = pair(BOTH[1], 1 << 20);
    client.writer().write_all(REQUEST).unwrap();
    turn(&mut client, &mut wire);
    *wire.to_server.back_mut().unwrap() ^= 1;
    assert_eq!(session.read(&mut wire, &mut [0; 100]).unwrap_err().kind(), ErrorKind::InvalidData);
    assert!(!wire.to_client.is_empty(), "the alert");
    client.read_tls(&mut wire.to_client).unwrap();
    let error = client.process_new_packets().unwrap_err();
    assert!(matches!(error, rustls::Error::AlertReceived(rustls::AlertDescription::BadRecordMac)), "{error}");
}

#[test]
fn what_is_no_client_hello_is_refused_at_once() {
    let refuse = |bytes: &[u8], piece: usize| {
        let (mut session, mut wire) = (server_once().accept().unwrap(), Wire::new(piece));
        wire.to_server.extend(bytes);
        let error = session.shake_hands(&mut wire).unwrap_err();
        (error, Vec::from(wire.to_client))
    };
    for piece in [1, 1000] {
        let (error, answer) = refuse(REQUEST, piece);
        assert!(matches!(error, HandshakeError::PlainHttp) && answer.is_empty(), "{error:?}");
        for garbage in [
            &b"\0\0\0\0\0\0\0\0"[..],
            b"\x80\x2e\x01\0\x02\0\0",
            b"\x16\x03\x01\xff\xff\x01",
            b"\x17\x03\x03\0\x05hello",
        ] {
            let (error, answer) = refuse(garbage, piece);
            assert!(matches!(error, HandshakeError::Refused(_)), "{error:?}");
            assert!(answer.starts_with(b"\x15\x03"), "an alert: {answer:?}");
        }
    }
}

#[test]
fn a_client_hello_without_end_is_refused_within_a_bound() {
    // Records of a handshake message that states 16 MB.
    let (mut session, mut wire) = (server_once().accept().unwrap(), Wire::new(1 << 20));
    let mut hello = vec![0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff];
    hello.resize(5 + 0x4000, 0);
    let mut sent = 0;
    let error = loop {
        wire.to_server.extend(&hello);
        sent += hello.len();
        match session.shake_hands(&mut wire) {
            Err(HandshakeError::Blocked) => {}
            Err(error) => break error,
            Ok(()) => unreachable!(),
        }
    };
    assert!(matches!(error, HandshakeError::Refused(_)), "{error:?}");
    assert!(sent - wire.to_server.len() <= MAX_HANDSHAKE + 4096, "{sent}");
}

#[test]
fn a_stream_that_takes_nothing_holds_a_bounded_number_of_bytes() {
    let (mut session, _client, mut wire) = pair(BOTH[1], 1 << 20);
    wire.piece = 0;
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::WouldBlock.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(session.write(&mut Full, &[0; 1 << 20]).unwrap(), MAX_UNSENT);
    assert_eq!(session.write(&mut Full, &[0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(session.flush(&mut Full).unwrap_err().kind(), ErrorKind::WouldBlock);
}
