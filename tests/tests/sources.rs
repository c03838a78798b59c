//! Law: what a transport reads by itself is framed, counted and timed as what is sent; whatever it does not take is left to
//! the page.

use std::any::Any;

use bantam::{
    Buffers, Connection, Fault, MAX_WRITE, Misuse, Phase, RequestDetails, Response, Site, Transport,
    blocking, serve, wire::Status,
};
use bantam_tests::answers::read;
use bantam_tests::tape::{Entry, Tape};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// What is read from.
struct Source(Vec<u8>);

/// A peer whose transport takes a [`Source`], at most so many bytes at a time.
struct Taking {
    tape: Tape,
    most: usize,
    fails: bool,
}

impl ErrorType for Taking {
    type Error = ErrorKind;
}

impl Read for Taking {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        self.tape.read(memory).await
    }
}

impl Write for Taking {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.tape.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.tape.flush().await
    }
}

impl Transport for Taking {
    fn enter(&mut self, phase: Phase) {
        self.tape.enter(phase);
    }

    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        self.tape.shutdown_write().await
    }

    fn on_response(&mut self, record: &bantam::ExchangeRecord<'_>) {
        self.tape.on_response(record);
    }

    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> Result<Option<usize>, ErrorKind> {
        let Some(Source(bytes)) = source.downcast_ref() else { return Ok(None) };
        if self.fails && length > 0 {
            return Err(ErrorKind::Other);
        }
        let rest = &bytes[bytes.len().min(offset as usize)..];
        let piece = &rest[..rest.len().min(length).min(self.most)];
        self.tape.heard.extend(piece);
        Ok(Some(piece.len()))
    }
}

/// Sends a source of 100,000 bytes from its 10th on, and what is left of it by itself.
struct Sender {
    source: Source,
    /// What the response states; `None`: nothing.
    stated: Option<u64>,
    sent: u64,
}

impl Site for Sender {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let response = Response::new(Status::OK);
        let response = self.stated.map_or(response, |length| response.length(length));
        details.connection.make_response(response).await?;
        let left = details.connection.send_from(&self.source, 10, self.sent).await?;
        let rest = self.source.0.get(10 + left as usize..).unwrap_or_default();
        details.connection.send(rest).await
    }
}

fn sender(stated: Option<u64>) -> Sender {
    let source = Source((0..100_010_u32).map(|at| (at % 251) as u8).collect());
    Sender { source, stated, sent: 100_000 }
}

fn converse(method: &str, version: &str, site: &Sender, most: usize, fails: bool) -> Tape {
    let tape = Tape::saying(format!("{method} / HTTP/1.{version}\r\nHost: a\r\n\r\n"));
    let mut transport = Taking { tape, most, fails };
    let mut buffers = Buffers::<512, 512>::new();
    let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), site));
    transport.tape
}

#[test]
fn a_source_leaves_as_stated_in_pieces_of_any_size() {
    for (most, stated, version) in
        [(usize::MAX, Some(100_000), "1"), (1000, Some(100_000), "1"), (1000, None, "0")]
    {
        let site = sender(stated);
        let tape = converse("GET", version, &site, most, false);
        let answers = read(&tape.heard, |_| false).expect("well formed");
        assert!(answers[0].body == site.source.0[10..], "{most}");
        let [Entry { status: 200, body_sent: 100_000, fault: None, .. }] = &tape.log[..] else {
            panic!("{:?}", tape.log)
        };
        let replies = tape.phases.iter().filter(|phase| **phase == Phase::Response).count();
        assert_eq!(
            replies,
            1 + 100_000_usize.div_ceil(MAX_WRITE),
            "a deadline for the head and for each piece"
        );
    }
}

#[test]
fn what_is_framed_or_not_wanted_is_left_to_the_page() {
    let site = sender(None);
    let chunked = converse("GET", "1", &site, usize::MAX, false);
    assert!(read(&chunked.heard, |_| false).expect("well formed")[0].body == site.source.0[10..]);
    let head = converse("HEAD", "1", &sender(Some(100_000)), usize::MAX, false);
    assert!(head.text().ends_with("\r\n\r\n") && head.log[0].body_sent == 0 && head.log[0].fault.is_none());
}

#[test]
fn a_source_that_ends_early_cuts_the_answer_off() {
    let mut site = sender(Some(100_000));
    site.source.0.truncate(50_000);
    let tape = converse("GET", "1", &site, 1000, false);
    assert!(tape.heard.ends_with(&site.source.0[10..]) && tape.ended, "all there is, and nothing else");
    assert_eq!(tape.log[0].fault, Some(Fault::Misuse(Misuse::BodyTooShort)));
    assert_eq!(tape.log[0].body_sent, 49_990);
}

#[test]
fn more_than_was_stated_never_leaves() {
    let tape = converse("GET", "1", &sender(Some(99_999)), usize::MAX, false);
    assert!(tape.text().starts_with("HTTP/1.1 500 "), "nothing had left: {}", tape.text());
    assert_eq!(tape.log[0].fault, Some(Fault::Misuse(Misuse::BodyTooLong)));
}

#[test]
fn a_source_that_fails_cuts_the_answer_off() {
    let tape = converse("GET", "1", &sender(Some(100_000)), usize::MAX, true);
    assert!(tape.text().contains("Content-Length: 100000\r\n") && tape.text().ends_with("\r\n\r\n"));
    assert_eq!(tape.log[0].fault, Some(Fault::Stream));
}

#[test]
fn a_transport_that_cannot_leaves_everything_to_the_page() {
    let site = sender(Some(100_000));
    let mut tape = Tape::saying("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let _ = blocking::block_on(serve(&mut tape, &mut Buffers::<512, 512>::new().state(), &site));
    assert!(read(&tape.heard, |_| false).expect("well formed")[0].body == site.source.0[10..]);
}
