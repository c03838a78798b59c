//! `Connection::send_from` over a transport that implements `write_from`.
//!
//! Invariant: bytes from a source are framed, counted and timed like sent ones; what the transport does not take, the page
//! sends.

use std::any::Any;

use bantam::{
    Buffers, Connection, Fault, MAX_WRITE, Misuse, Phase, RequestDetails, Response, Site, Transport,
    blocking, serve, wire::Status,
};
use bantam_tests::answers::read;
use bantam_tests::environment::LoggedExchange;
use bantam_tests::script::ScriptedPeer;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// The source.
struct Source(Vec<u8>);

/// A transport that takes a [`Source`], at most `max_write` bytes in one call.
struct SourceTransport {
    peer: ScriptedPeer,
    max_write: usize,
    fails: bool,
    /// Bytes of the source follow, and what was written meanwhile and otherwise.
    more: bool,
    written: [Vec<u8>; 2],
}

impl ErrorType for SourceTransport {
    type Error = ErrorKind;
}

impl Read for SourceTransport {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        self.peer.read(memory).await
    }
}

impl Write for SourceTransport {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let count = self.peer.write(bytes).await?;
        self.written[usize::from(self.more)].extend(&bytes[..count]);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.peer.flush().await
    }
}

impl Transport for SourceTransport {
    fn enter(&mut self, phase: Phase) {
        self.peer.enter(phase);
    }

    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        self.peer.shutdown_write().await
    }

    fn on_response(&mut self, record: &bantam::ExchangeRecord<'_>) {
        self.peer.on_response(record);
    }

    fn more(&mut self, more: bool) {
        self.more = more;
    }

    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> Result<Option<usize>, ErrorKind> {
        assert!(!self.more, "nothing else would let the last segment go");
        let Some(Source(bytes)) = source.downcast_ref() else { return Ok(None) };
        if self.fails && length > 0 {
            return Err(ErrorKind::Other);
        }
        let rest = &bytes[bytes.len().min(offset as usize)..];
        let piece = &rest[..rest.len().min(length).min(self.max_write)];
        self.peer.write_directly(piece);
        Ok(Some(piece.len()))
    }
}

/// A page that sends 100,000 bytes of a source, from the 10th on; `send` takes what `send_from` leaves.
struct Sender {
    source: Source,
    /// The Content-Length, if there is one.
    length: Option<u64>,
    sent: u64,
}

impl Site for Sender {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let response = Response::new(Status::OK);
        let response = self.length.map_or(response, |length| response.length(length));
        details.connection.make_response(response).await?;
        let left = details.connection.send_from(&self.source, 10, self.sent).await?;
        let rest = self.source.0.get(10 + left as usize..).unwrap_or_default();
        details.connection.send(rest).await
    }
}

fn sender(length: Option<u64>) -> Sender {
    let source = Source((0..100_010_u32).map(|at| (at % 251) as u8).collect());
    Sender { source, length, sent: 100_000 }
}

fn serve_source(method: &str, version: &str, site: &Sender, max_write: usize, fails: bool) -> ScriptedPeer {
    serve_over(method, version, site, max_write, fails).peer
}

fn serve_over(method: &str, version: &str, site: &Sender, max_write: usize, fails: bool) -> SourceTransport {
    let peer = ScriptedPeer::sending(format!("{method} / HTTP/1.{version}\r\nHost: a\r\n\r\n"));
    let mut transport = SourceTransport { peer, max_write, fails, more: false, written: Default::default() };
    let mut buffers = Buffers::<512, 512>::new();
    let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), site));
    transport
}

#[test]
fn a_head_is_written_as_what_a_source_follows() {
    for fails in [false, true] {
        let transport = serve_over("GET", "1", &sender(Some(100_000)), usize::MAX, fails);
        let [other, before_source] = &transport.written;
        assert!(before_source.starts_with(b"HTTP/1.1 200 ") && before_source.ends_with(b"\r\n\r\n"));
        assert!(other.is_empty() && !transport.more);
    }
    // A body that is chunked has no source.
    let transport = serve_over("GET", "1", &sender(None), usize::MAX, false);
    assert!(transport.written[1].is_empty() && !transport.written[0].is_empty());
}

#[test]
fn a_source_is_sent_whatever_the_size_of_the_writes() {
    for (max_write, length, version) in
        [(usize::MAX, Some(100_000), "1"), (1000, Some(100_000), "1"), (1000, None, "0")]
    {
        let site = sender(length);
        let peer = serve_source("GET", version, &site, max_write, false);
        let answers = read(peer.received(), |_| false).expect("well formed");
        assert!(answers[0].body == site.source.0[10..], "{max_write}");
        let [LoggedExchange { status: 200, body_sent: 100_000, fault: None, .. }] = peer.log() else {
            panic!("{:?}", peer.log())
        };
        let deadlines = peer.phases().iter().filter(|phase| **phase == Phase::Response).count();
        // What is taken at once needs no further deadline.
        let pieces = if max_write == usize::MAX { 1 } else { 100_000_usize.div_ceil(MAX_WRITE) };
        assert_eq!(deadlines, 1 + pieces, "a deadline for the head and for each piece");
    }
}

#[test]
fn a_chunked_response_is_left_to_the_page_and_head_sends_nothing() {
    let site = sender(None);
    let chunked = serve_source("GET", "1", &site, usize::MAX, false);
    assert!(read(chunked.received(), |_| false).expect("well formed")[0].body == site.source.0[10..]);
    let head = serve_source("HEAD", "1", &sender(Some(100_000)), usize::MAX, false);
    assert!(
        head.text().ends_with("\r\n\r\n") && head.log()[0].body_sent == 0 && head.log()[0].fault.is_none()
    );
}

#[test]
fn a_source_that_ends_early_cuts_the_response_off() {
    let mut site = sender(Some(100_000));
    site.source.0.truncate(50_000);
    let peer = serve_source("GET", "1", &site, 1000, false);
    assert!(
        peer.received().ends_with(&site.source.0[10..]) && peer.is_shut_down(),
        "all there is, and nothing else"
    );
    assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(Misuse::BodyTooShort)));
    assert_eq!(peer.log()[0].body_sent, 49_990);
}

#[test]
fn bytes_beyond_the_length_are_not_sent() {
    let peer = serve_source("GET", "1", &sender(Some(99_999)), usize::MAX, false);
    assert!(peer.text().starts_with("HTTP/1.1 500 "), "nothing had left: {}", peer.text());
    assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(Misuse::BodyTooLong)));
}

#[test]
fn a_failing_source_cuts_the_response_off() {
    let peer = serve_source("GET", "1", &sender(Some(100_000)), usize::MAX, true);
    assert!(peer.text().contains("Content-Length: 100000\r\n") && peer.text().ends_with("\r\n\r\n"));
    assert_eq!(peer.log()[0].fault, Some(Fault::Stream));
}

#[test]
fn without_write_from_the_page_sends_everything() {
    let site = sender(Some(100_000));
    let mut peer = ScriptedPeer::sending("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let _ = blocking::block_on(serve(&mut peer, &mut Buffers::<512, 512>::new().state(), &site));
    assert!(read(peer.received(), |_| false).expect("well formed")[0].body == site.source.0[10..]);
}
