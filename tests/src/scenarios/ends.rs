//! Law: a peer that stops is told so where it had begun, and left alone where it had not; no phase is without an end.

use std::time::Duration;

use embedded_io::ErrorKind;

use crate::expected::ok;
use crate::pages::content::HELLO;
use crate::requests::{chunked, get, post};
use crate::scenario::{End, Scenario, scenario, steps};
use crate::script::Step;

/// The end of the peer, silence, and a failing stream.
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
        scenario("the peer closes behind one byte", "G").then_refused(400),
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
        scenario("the peer closes in a body that nobody reads", cut(&post("/body/nothing", "abc")))
            .expects(ok("ignored"))
            .ends(End::Dropped),
    ]
}

/// `piece` again and again, this far apart.
fn drip(first: &str, piece: &str, times: usize, apart: u64) -> Vec<Step> {
    let drop = [Step::Delay(Duration::from_secs(apart)), piece.into()];
    [first.into()].into_iter().chain(drop.into_iter().cycle().take(2 * times)).collect()
}

fn silences() -> Vec<Scenario> {
    let silent = |name: &str, said: &str| steps(name, [said.into(), Step::Stall]);
    let cut = |text: String| text[..text.len() - 1].to_owned();
    let slow_body = post("/body/count", &"b".repeat(40));
    vec![
        silent("a peer that never says anything is left without a word", ""),
        silent("nor is an idle one answered", &get("/")).expects(ok(HELLO)),
        silent("an empty line is no request", "\r\n"),
        silent("a head that does not come", &cut(get("/"))).then_refused(408),
        silent("a body that does not come", &cut(post("/body/whole", "abc"))).then_refused(408),
        silent("a chunk that does not come", &chunked("/body/whole", "5\r\nab")).then_refused(408),
        silent("a body that stops behind the answer's beginning", &cut(post("/body/echo", "0123456789")))
            .chunks_vary()
            .expects(ok("012345678"))
            .ends(End::Cut),
        silent("a body that nobody waits for", &cut(post("/body/nothing", "abc")))
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
    let lost = |name: &str, said: &str| {
        steps(name, [said.into(), Step::Fail(ErrorKind::ConnectionReset)]).ends(End::Failed)
    };
    vec![
        lost("a connection is lost between two requests", &get("/")).expects(ok(HELLO)),
        lost("a connection is lost in a head", "GET / HT"),
        lost("a connection is lost in a body", &post("/body/whole", "abc")[..58]),
    ]
}
