//! Law: a body is read as it is framed, and whatever a page does with it, the next request begins behind it.

use super::{chunked, chunks, get, post, request};
use crate::answers::Framing;
use crate::pages::HELLO;
use crate::scenario::{End, Room, Scenario, ok, scenario, steps};
use crate::step::Step;

/// Read, half read, unread, too long.
pub(crate) fn all() -> Vec<Scenario> {
    [taken(), left(), limited()].concat()
}

fn taken() -> Vec<Scenario> {
    let text = "the quick brown fox jumps over the lazy dog";
    let long = "0123456789abcdef".repeat(400);
    vec![
        scenario("a body by length is echoed", post("/body/echo", text) + &get("/"))
            .streams()
            .hears(ok(text).framed(Framing::Chunked))
            .hears(ok(HELLO)),
        scenario("a page may answer before it reads", post("/body/echo-first", text) + &get("/"))
            .streams()
            .hears(ok(text))
            .hears(ok(HELLO)),
        scenario("a chunked body is echoed", chunked("/body/echo", &chunks(text, 7)) + &get("/"))
            .streams()
            .hears(ok(text))
            .hears(ok(HELLO)),
        scenario(
            "extensions and trailers are no part of a body",
            chunked(
                "/body/whole",
                "3;a=\"b\"\r\nabc\r\n0002 ;x\r\nde\r\n0\r\nT: v\r\nContent-Length: 7\r\n\r\n",
            ) + &get("/"),
        )
        .hears(ok("abcde"))
        .hears(ok(HELLO)),
        scenario("an empty chunked body", chunked("/body/count", "0\r\n\r\n") + &get("/"))
            .hears(ok("0 and 0"))
            .hears(ok(HELLO)),
        scenario(
            "a request without a body has an empty one",
            request("POST", "/body/count", "", "") + &get("/"),
        )
        .hears(ok("0 and 0"))
        .hears(ok(HELLO)),
        scenario("a body of many buffers", post("/body/echo", &long) + &get("/"))
            .streams()
            .hears(ok(&long))
            .hears(ok(HELLO)),
        scenario("a body read past the buffer", post("/body/echo-long", &long) + &get("/"))
            .within(Room::Narrow)
            .streams()
            .hears(ok(&long))
            .hears(ok(HELLO)),
        scenario("chunks read past the buffer", chunked("/body/echo-long", &chunks(&long, 999)) + &get("/"))
            .within(Room::Narrow)
            .streams()
            .hears(ok(&long))
            .hears(ok(HELLO)),
        scenario(
            "two bodies behind each other",
            post("/body/whole", "first") + &post("/body/whole", "second"),
        )
        .hears(ok("first"))
        .hears(ok("second")),
        scenario("the end of a body stays the end", post("/body/count", text) + &get("/"))
            .hears(ok("43 and 0"))
            .hears(ok(HELLO)),
        scenario("a body of 1.0", "POST /body/whole HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc")
            .hears(ok("abc"))
            .ends(End::Left),
        scenario(
            "GET may have a body",
            request("GET", "/body/whole", "Content-Length: 3\r\n", "abc") + &get("/"),
        )
        .hears(ok("abc"))
        .hears(ok(HELLO)),
    ]
}

fn left() -> Vec<Scenario> {
    let evil = get("/evil");
    let much = |n: usize| "x".repeat(n);
    vec![
        scenario("an unread body is never taken for a request", post("/body/nothing", &evil) + &get("/"))
            .hears(ok("ignored"))
            .hears(ok(HELLO)),
        scenario(
            "nor is the half that was not read",
            post("/body/half", &format!("12345{evil}")) + &get("/"),
        )
        .hears(ok("12345"))
        .hears(ok(HELLO)),
        scenario("nor a chunk of it", chunked("/body/half", &chunks(&format!("12345{evil}"), 9)) + &get("/"))
            .hears(ok("12345"))
            .hears(ok(HELLO)),
        scenario("nor the body of a request that is refused", post("/none", &evil)).then_refused(404),
        scenario("64 KB that nobody reads are drained", post("/body/nothing", &much(65_536)) + &get("/"))
            .hears(ok("ignored"))
            .hears(ok(HELLO)),
        scenario("with a byte more the connection ends", post("/body/nothing", &much(65_537)) + &get("/"))
            .hears(ok("ignored"))
            .ends(End::Dropped),
        scenario(
            "chunks that nobody reads are drained",
            chunked("/body/nothing", &chunks(&much(60_000), 900)) + &get("/"),
        )
        .hears(ok("ignored"))
        .hears(ok(HELLO)),
        scenario(
            "with more of them the connection ends",
            chunked("/body/nothing", &chunks(&much(66_000), 900)) + &get("/"),
        )
        .hears(ok("ignored"))
        .ends(End::Dropped),
        scenario(
            "what is drained is looked at",
            chunked("/body/nothing", "3\r\nabcX\r\n0\r\n\r\n") + &get("/"),
        )
        .hears(ok("ignored"))
        .ends(End::Dropped),
        scenario(
            "a body that is cut off while it is drained",
            post("/body/nothing", "abc") + &post("/body/nothing", "")[..0],
        )
        .hears(ok("ignored")),
    ]
}

fn limited() -> Vec<Scenario> {
    let ten = "0123456789";
    vec![
        scenario("a body of just the limit", post("/body/whole", ten) + &get("/"))
            .limited(10)
            .hears(ok(ten))
            .hears(ok(HELLO)),
        scenario("a body one longer by its length", post("/body/whole", "0123456789a") + &get("/"))
            .limited(10)
            .then_refused(413),
        scenario("chunks of just the limit", chunked("/body/whole", &chunks(ten, 3)) + &get("/"))
            .limited(10)
            .hears(ok(ten))
            .hears(ok(HELLO)),
        scenario(
            "an endless chunked body is counted",
            chunked("/body/count", &chunks(&ten.repeat(50), 10)) + &get("/"),
        )
        .limited(400)
        .then_refused(413),
        scenario(
            "one chunk beyond the limit",
            chunked("/body/whole", &chunks("0123456789a", 11)) + &get("/"),
        )
        .limited(10)
        .then_refused(413),
        scenario("what the page cannot hold", post("/body/whole", &ten.repeat(11)) + &get("/"))
            .then_refused(413),
        scenario("what the page can just hold", post("/body/whole", &ten.repeat(10)) + &get("/"))
            .hears(ok(ten.repeat(10)))
            .hears(ok(HELLO)),
        steps("a limit that is hit behind the answer's beginning cuts it off", {
            let head = request("POST", "/body/echo", "Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n");
            let behind = chunks("abcdefghij", 10) + &get("/");
            [head.as_str().into(), Step::Hear(b"9".to_vec()), behind.as_str().into()]
        })
        .limited(19)
        .streams()
        .hears(ok("0123456789abcdefghij"))
        .ends(End::Cut),
    ]
}
