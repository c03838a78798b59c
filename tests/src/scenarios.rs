//! Law: a conversation has one end, however its bytes are cut: which answers, with which bodies, and whether the server
//! closes.

use bantam::{Buffers, ConnectionState, blocking, serve};

use crate::answers::{Answer, MalformedResponse, read};
use crate::pages::{LARGE, Pages};
use crate::tape::{Step, Tape, run};

/// The request buffer of the scenarios.
pub const INPUT: usize = 512;
/// The response buffer of the scenarios.
pub const OUTPUT: usize = 512;

/// A conversation and its end.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    /// What the peer says.
    pub said: &'static str,
    /// The final answers: status and body; `None` for the body of an error.
    pub answers: &'static [(u16, Option<&'static [u8]>)],
    /// Which of them answer HEAD.
    pub heads: &'static [usize],
    /// Does the server end it, though the peer has not?
    pub closes: bool,
}

const fn scenario(
    name: &'static str,
    said: &'static str,
    answers: &'static [(u16, Option<&'static [u8]>)],
    closes: bool,
) -> Scenario {
    Scenario { name, said, answers, heads: &[], closes }
}

const HELLO: (u16, Option<&[u8]>) = (200, Some(b"hello"));

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    scenario("silence", "", &[], false),
    scenario("one request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[HELLO], false),
    scenario("empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n", &[HELLO], false),
    scenario(
        "a pipeline",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[HELLO, (200, Some(b"one, two, three")), HELLO],
        false,
    ),
    Scenario {
        heads: &[0, 1],
        ..scenario(
            "HEAD in a pipeline",
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            &[(200, Some(b"")), (200, Some(b"")), HELLO],
            false,
        )
    },
    scenario("a large answer", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", &[(200, Some(&LARGE))], false),
    scenario(
        "no body",
        "GET /empty HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(204, Some(b"")), HELLO],
        false,
    ),
    scenario("unchanged", "GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\n", &[(304, Some(b""))], false),
    scenario(
        "close asked for",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\nGET / ",
        &[HELLO],
        true,
    ),
    scenario("close by the page", "GET /close HTTP/1.1\r\nHost: a\r\n\r\n", &[(200, Some(b"bye"))], true),
    scenario("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", &[HELLO], true),
    scenario(
        "HTTP/1.0 kept",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
        &[HELLO, HELLO],
        true,
    ),
    scenario(
        "HTTP/1.0 stream",
        "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        &[(200, Some(b"one, two, three"))],
        true,
    ),
    scenario("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", &[HELLO], false),
    scenario("absolute-form", "GET http://b:8/?x=y HTTP/1.1\r\nHost: a\r\n\r\n", &[HELLO], false),
    scenario("asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", &[HELLO], false),
    scenario("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", &[HELLO], false),
    scenario(
        "a body by length",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n01234567890123456789GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(200, Some(b"01234567890123456789")), HELLO],
        false,
    ),
    scenario(
        "a body in chunks",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n\
         GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(200, Some(b"abc0123456789")), HELLO],
        false,
    ),
    scenario(
        "an empty body",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        &[(200, Some(b""))],
        false,
    ),
    scenario(
        "a body that nobody reads",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[HELLO, HELLO],
        false,
    ),
    scenario(
        "a body half read",
        "POST /half HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(200, Some(b"a")), HELLO],
        false,
    ),
    scenario(
        "a body too long for the page",
        "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890",
        &[(413, None)],
        true,
    ),
    scenario(
        "a body that just fits",
        "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
        &[(200, Some(b"0123456789"))],
        false,
    ),
    scenario(
        "a body that ends early",
        "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
        &[(400, None)],
        true,
    ),
    scenario(
        "a chunk that ends early",
        "POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        &[(400, None)],
        true,
    ),
    scenario("a head that ends early", "GET / HTTP/1.1\r\nHo", &[(400, None)], true),
    scenario(
        "a bad chunk",
        "POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(400, None)],
        true,
    ),
    scenario(
        "a request behind a bad one",
        "GET /\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(400, None)],
        true,
    ),
    scenario(
        "two lengths",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        &[(400, None)],
        true,
    ),
    scenario("nothing there", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", &[(404, None)], true),
    scenario("a method not allowed", "GET /only-post HTTP/1.1\r\nHost: a\r\n\r\n", &[(405, None)], true),
    scenario("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", &[(501, None)], true),
    scenario(
        "a page without a response",
        "GET /no-response HTTP/1.1\r\nHost: a\r\n\r\n",
        &[(500, None)],
        true,
    ),
    scenario("a page that fails early", "GET /fail-early HTTP/1.1\r\nHost: a\r\n\r\n", &[(400, None)], true),
    scenario(
        "a second response",
        "GET /second HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n",
        &[(200, Some(b"first"))],
        true,
    ),
    scenario("a pause", "GET /pause HTTP/1.1\r\nHost: a\r\n\r\n", &[(200, Some(b"beforeafter"))], false),
    scenario(
        "details",
        "GET /details?a=b%20c&d=%26 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
        &[(200, None)],
        false,
    ),
];

impl Scenario {
    /// The peer of this conversation.
    #[must_use]
    pub fn tape(&self) -> Tape {
        Tape::new([Step::Says(self.said.into())])
    }

    /// What the answers are that were heard.
    ///
    /// # Errors
    /// A [`MalformedResponse`].
    pub fn read(&self, heard: &[u8]) -> Result<Vec<Answer>, MalformedResponse> {
        read(heard, |number| self.heads.contains(&number))
    }

    /// Holds what was heard against what has to be.
    ///
    /// # Panics
    /// If it differs.
    pub fn check(&self, heard: &[u8], how: &str) {
        let text = String::from_utf8_lossy(heard);
        let answers =
            self.read(heard).unwrap_or_else(|flaw| panic!("{}, {how}: {flaw:?} in {text}", self.name));
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            statuses.iter().eq(self.answers.iter().map(|answer| &answer.0)),
            "{}, {how}: {text}",
            self.name
        );
        for (answer, (_, body)) in answers.iter().zip(self.answers) {
            if let Some(body) = body {
                assert_eq!(answer.body, *body, "{}, {how}: {text}", self.name);
            }
        }
        let closes = answers.last().is_some_and(Answer::closes);
        let second = self.name == "a second response";
        assert!(closes == self.closes || second, "{}, {how}: {text}", self.name);
    }
}

/// Serves a peer to its end.
pub fn converse(tape: &mut Tape) {
    let mut buffers = Buffers::<INPUT, OUTPUT>::new();
    converse_in(tape, &mut buffers.state());
}

/// Serves a peer to its end, in a session of the caller's.
pub fn converse_in(tape: &mut Tape, session: &mut ConnectionState<'_>) {
    // An error of the stream has been seen on the tape.
    let _ = run(serve(tape, session, &Pages));
}

/// Serves a blocking stream to its end.
pub fn converse_blocking<T: embedded_io::Read + embedded_io::Write>(stream: T) -> T {
    let mut transport = bantam::Blocking::new(stream);
    let _ = blocking::block_on(serve(&mut transport, &mut Buffers::<INPUT, OUTPUT>::new().state(), &Pages));
    transport.stream
}
