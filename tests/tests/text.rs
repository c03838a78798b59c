//! Whole answers in one call: text, HTML, pieces and redirects.
//!
//! Invariant: the client gets the text once and whole, whatever the size of the response buffer; a text that fails is 500, or cut off.

use std::cell::Cell;
use std::fmt;

use bantam::{Connection, ConnectionState, Fault, Misuse, RequestDetails, Site, serve, wire::Status};
use bantam_tests::answers::{Answer, Framing, read, read_prefix};
use bantam_tests::executor::run;
use bantam_tests::script::ScriptedPeer;

/// Text of a length, which may change or fail.
struct Growing {
    length: usize,
    /// How much longer it is at each pass.
    grows: isize,
    /// Returns an error of its own behind so many bytes.
    fails: Option<usize>,
    /// Hides an error of the formatter.
    hides: bool,
    passes: Cell<usize>,
}

impl Growing {
    const fn new(length: usize) -> Self {
        Self { length, grows: 0, fails: None, hides: false, passes: Cell::new(0) }
    }
}

impl fmt::Display for Growing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pass = self.passes.replace(self.passes.get() + 1);
        for at in 0..self.length.saturating_add_signed(self.grows * pass.cast_signed()) {
            if self.fails == Some(at) {
                return Err(fmt::Error);
            }
            let written = write!(f, "{}", at % 10);
            if written.is_err() {
                return if self.hides { Ok(()) } else { written };
            }
        }
        Ok(())
    }
}

enum Page {
    Text(Growing),
    Html,
    Pieces(Vec<&'static str>),
    Redirect(Status, &'static str),
    TextOf(Status, &'static str),
}

impl Site for Page {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match self {
            Self::Text(text) => details.text(Status::OK, format_args!("<{text}>")).await,
            Self::Html => {
                let (method, number) = (details.method, 7);
                details.html(Status::NOT_FOUND, format_args!("<p>{method:?} {number}")).await
            }
            Self::Pieces(pieces) => details.pieces(Status::CREATED, "text/css", pieces).await,
            Self::Redirect(status, location) => details.redirect(*status, location).await,
            Self::TextOf(status, text) => details.text(*status, format_args!("{text}")).await,
        }
    }
}

fn serve_page(page: &Page, method: &str, capacity: usize) -> ScriptedPeer {
    let request = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut peer = ScriptedPeer::sending(request.repeat(2));
    let (mut input, mut output) = (vec![0; 1024], vec![0; capacity]);
    let _ = run(serve(&mut peer, &mut ConnectionState::new(&mut input, &mut output), page));
    peer
}

/// The answers to two requests.
fn both(page: &Page, method: &str, capacity: usize) -> [Answer; 2] {
    let peer = serve_page(page, method, capacity);
    let answers = read(peer.received(), |_| method == "HEAD");
    let answers = answers.unwrap_or_else(|flaw| panic!("{flaw:?} in {}", peer.text()));
    answers.try_into().unwrap_or_else(|_| panic!("not two answers: {}", peer.text()))
}

fn digits(length: usize) -> Vec<u8> {
    let digits = (0..length).map(|at| b'0' + (at % 10) as u8);
    std::iter::once(b'<').chain(digits).chain([b'>']).collect()
}

#[test]
fn text_is_whole_in_a_buffer_of_any_size() {
    for (capacity, length) in
        (150..260).flat_map(|capacity| [0, 1, 7, 40, 100, 333].map(|length| (capacity, length)))
    {
        let page = Page::Text(Growing::new(length));
        let answers = both(&page, "GET", capacity);
        for answer in &answers {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
            assert_eq!(answer.body, digits(length), "{capacity}, {length}");
        }
        let framings = answers.map(|answer| answer.framing);
        let to_head = both(&page, "HEAD", capacity).map(|answer| answer.framing);
        assert_eq!(to_head, framings, "{capacity}, {length}");
    }
}

#[test]
fn text_that_the_buffer_holds_has_a_length_and_is_formatted_once() {
    let page = Page::Text(Growing::new(40));
    let peer = serve_page(&page, "GET", 512);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 42\r\n\r\n<";
    assert!(peer.text().starts_with(head), "{}", peer.text());
    let Page::Text(text) = page else { unreachable!() };
    assert_eq!(text.passes.get(), 2, "two requests");
}

#[test]
fn text_that_changes_between_its_passes_is_still_framed() {
    // With -150 the second pass is shorter than what has been sent.
    for (capacity, grows) in (150..260).flat_map(|capacity| [3, 9, -3, -150].map(|grows| (capacity, grows))) {
        let page = Page::Text(Growing { grows, ..Growing::new(400) });
        let peer = serve_page(&page, "GET", capacity);
        let answers = read(peer.received(), |_| false).expect("well formed");
        assert_eq!((answers.len(), answers[0].framing), (2, Framing::Chunked), "{}", peer.text());
    }
}

#[test]
fn a_display_that_hides_that_the_buffer_is_full_loses_nothing() {
    for capacity in 150..200 {
        let page = Page::Text(Growing { hides: true, ..Growing::new(400) });
        assert_eq!(both(&page, "GET", capacity)[0].body, digits(400), "{capacity}");
    }
}

#[test]
fn a_display_that_fails_is_500_before_a_byte_has_left_and_a_cut_later() {
    for (length, status) in [(40, 500), (400, 200)] {
        let page = Page::Text(Growing { fails: Some(length), ..Growing::new(length + 1) });
        let peer = serve_page(&page, "GET", 300);
        let exchange = &peer.log()[0];
        assert_eq!((exchange.status, exchange.fault), (status, Some(Fault::Misuse(Misuse::FormatFailed))));
        let answers = read_prefix(peer.received(), |_| false).expect("well formed");
        assert_eq!((answers[0].status, answers[0].complete), (status, status == 500), "{}", peer.text());
    }
}

#[test]
fn html_is_html_and_has_its_status() {
    let [answer, _] = both(&Page::Html, "GET", 512);
    assert_eq!((answer.status, answer.field("content-type")), (404, Some("text/html; charset=utf-8")));
    assert_eq!(answer.body, b"<p>Get 7");
}

#[test]
fn text_of_a_status_without_a_body_is_a_misuse_unless_it_is_empty() {
    assert_eq!(both(&Page::TextOf(Status::NO_CONTENT, ""), "GET", 512)[0].status, 204);
    let peer = serve_page(&Page::TextOf(Status::NO_CONTENT, "x"), "GET", 512);
    assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(Misuse::BodyTooLong)));
}

#[test]
fn pieces_are_one_body_with_a_length() {
    for capacity in 150..200 {
        for pieces in [vec![], vec![""], vec!["a", "", "bc"], vec!["0123456789"; 40]] {
            let body = pieces.concat();
            let [answer, _] = both(&Page::Pieces(pieces), "GET", capacity);
            assert_eq!((answer.status, answer.framing), (201, Framing::Length(body.len())));
            assert_eq!(answer.field("content-type"), Some("text/css"));
            assert_eq!(answer.body, body.into_bytes());
        }
    }
}

#[test]
fn a_redirect_has_a_location_and_no_body() {
    for code in [301, 302, 303, 307, 308] {
        let status = Status::new(code).expect("three digits");
        let [answer, _] = both(&Page::Redirect(status, "/a?b=%20#c"), "GET", 512);
        assert_eq!((answer.status, answer.framing), (code, Framing::Length(0)));
        assert_eq!(answer.field("location"), Some("/a?b=%20#c"));
    }
}

#[test]
fn a_redirect_that_clients_read_in_two_ways_is_a_misuse() {
    for (status, location, misuse) in [
        (Status::OK, "/", Misuse::BadStatus),
        (Status::NOT_MODIFIED, "/", Misuse::BadStatus),
        (Status::SEE_OTHER, "/a b", Misuse::BadHeader),
        (Status::SEE_OTHER, "/\\a.example", Misuse::BadHeader),
        (Status::SEE_OTHER, "/\r\nSet-Cookie: a", Misuse::BadHeader),
        (Status::SEE_OTHER, "/\u{e9}", Misuse::BadHeader),
        (Status::SEE_OTHER, "/<script>", Misuse::BadHeader),
    ] {
        let peer = serve_page(&Page::Redirect(status, location), "GET", 512);
        let exchange = &peer.log()[0];
        assert_eq!((exchange.status, exchange.fault), (500, Some(Fault::Misuse(misuse))), "{location:?}");
    }
}
