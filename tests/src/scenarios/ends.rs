//! Peers that close, stall or reset.
//!
//! Invariant: an error response is sent only if a request had begun, and every phase has a deadline.

use std::time::Duration;

use embedded_io::ErrorKind;

use crate::expected::ok;
use crate::pages::content::HELLO;
use crate::requests::{chunked, get, post};
use crate::scenario::{End, Scenario, scenario, steps};
use crate::script::Step;

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [closes(), silences(), failures()].concat()
}

fn closes() -> Vec<Scenario> {
    let cut = |text: &str| text[..text.len() - 1].to_owned();
    vec![
        scenario("the peer closes in the middle of a head", get("/") + &cut(&get("/")))
            .expects(ok(HELLO))
            .then_refused(400),
        scenario("the peer closes after one byte", "G").then_refused(400),
        scenario("the peer closes in the middle of a body", cut(&post("/body/whole", "abc")))
            .then_refused(400),
        scenario("the peer closes in the middle of a chunk", chunked("/body/whole", "5\r\nabc"))
            .then_refused(400),
        scenario("the peer closes before the last chunk", chunked("/body/whole", "3\r\nabc\r\n"))
            .then_refused(400),
        scenario(
            "the peer closes in the middle of the trailers",
            chunked("/body/whole", "3\r\nabc\r\n0\r\nT: v\r\n"),
        )
        .then_refused(400),
        scenario("the peer closes in the middle of an echo", cut(&post("/body/echo", "0123456789")))
            .chunks_vary()
            .expects(ok("012345678"))
            .ends(End::Cut),
        scenario("the peer closes in a body that is not read", cut(&post("/body/nothing", "abc")))
            .expects(ok("ignored"))
            .ends(End::Dropped),
    ]
}

/// `first`, then `piece` repeatedly, `apart` seconds between.
fn drip(first: &str, piece: &str, times: usize, apart: u64) -> Vec<Step> {
    let drop = [Step::Delay(Duration::from_secs(apart)), piece.into()];
    [first.into()].into_iter().chain(drop.into_iter().cycle().take(2 * times)).collect()
}

fn silences() -> Vec<Scenario> {
    let silent = |name: &str, sent: &str| steps(name, [sent.into(), Step::Stall]);
    let cut = |text: String| text[..text.len() - 1].to_owned();
    let slow_body = post("/body/count", &"b".repeat(40));
    vec![
        silent("a silent peer gets no response", ""),
        silent("an idle peer gets no further response", &get("/")).expects(ok(HELLO)),
        silent("an empty line is no request", "\r\n"),
        silent("a head that stalls", &cut(get("/"))).then_refused(408),
        silent("a body that stalls", &cut(post("/body/whole", "abc"))).then_refused(408),
        silent("a chunk that stalls", &chunked("/body/whole", "5\r\nab")).then_refused(408),
        silent("a body that stalls after the response has begun", &cut(post("/body/echo", "0123456789")))
            .chunks_vary()
            .expects(ok("012345678"))
            .ends(End::Cut),
        silent("a stalled body that is not read", &cut(post("/body/nothing", "abc")))
            .expects(ok("ignored"))
            .ends(End::Dropped),
        steps("a head that comes byte by byte", drip("GET /", "a", 60, 2)).then_refused(408),
        steps("a body that comes byte by byte", drip(&slow_body[..slow_body.len() - 40], "b", 39, 14))
            .then_refused(408),
        steps(
            "a slow head that is in time",
            drip("GET / HTTP/1.1\r\nHost: ", "a", 3, 2).into_iter().chain(["\r\n\r\n".into()]),
        )
        .expects(ok(HELLO)),
        steps("a slow body that is in time", drip(&slow_body[..slow_body.len() - 40], "bbbb", 10, 14))
            .expects(ok("40 and 0")),
    ]
}

fn failures() -> Vec<Scenario> {
    let lost = |name: &str, sent: &str| {
        steps(name, [sent.into(), Step::Fail(ErrorKind::ConnectionReset)]).ends(End::Failed)
    };
    vec![
        lost("a connection is lost between two requests", &get("/")).expects(ok(HELLO)),
        lost("a connection is lost in a head", "GET / HT"),
        lost("a connection is lost in a body", &post("/body/whole", "abc")[..58]),
    ]
}
