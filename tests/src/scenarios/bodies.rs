//! Request bodies.
//!
//! Invariant: the next request begins after the body, whatever the page has read of it.

use crate::answers::Framing;
use crate::buffers::BufferSizes;
use crate::expected::{ok, refused};
use crate::pages::content::HELLO;
use crate::requests::{chunked, chunks, get, post, request};
use crate::scenario::{End, Scenario, scenario, steps};
use crate::script::Step;

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [taken(), left(), limited()].concat()
}

fn taken() -> Vec<Scenario> {
    let text = "the quick brown fox jumps over the lazy dog";
    let long = "0123456789abcdef".repeat(400);
    vec![
        scenario("a body by length is echoed", post("/body/echo", text) + &get("/"))
            .chunks_vary()
            .expects(ok(text).framed(Framing::Chunked))
            .expects(ok(HELLO)),
        scenario("a page may answer before it reads", post("/body/echo-first", text) + &get("/"))
            .chunks_vary()
            .expects(ok(text))
            .expects(ok(HELLO)),
        scenario("a chunked body is echoed", chunked("/body/echo", &chunks(text, 7)) + &get("/"))
            .chunks_vary()
            .expects(ok(text))
            .expects(ok(HELLO)),
        scenario(
            "extensions and trailers are no part of a body",
            chunked(
                "/body/whole",
                "3;a=\"b\"\r\nabc\r\n0002 ;x\r\nde\r\n0\r\nT: v\r\nContent-Length: 7\r\n\r\n",
            ) + &get("/"),
        )
        .expects(ok("abcde"))
        .expects(ok(HELLO)),
        scenario("an empty chunked body", chunked("/body/count", "0\r\n\r\n") + &get("/"))
            .expects(ok("0 and 0"))
            .expects(ok(HELLO)),
        scenario(
            "a request without a body has an empty one",
            request("POST", "/body/count", "", "") + &get("/"),
        )
        .expects(ok("0 and 0"))
        .expects(ok(HELLO)),
        scenario("a body of many buffers", post("/body/echo", &long) + &get("/"))
            .chunks_vary()
            .expects(ok(&long))
            .expects(ok(HELLO)),
        scenario("a body read past the buffer", post("/body/echo-long", &long) + &get("/"))
            .with_buffers(BufferSizes::Narrow)
            .chunks_vary()
            .expects(ok(&long))
            .expects(ok(HELLO)),
        scenario("chunks read past the buffer", chunked("/body/echo-long", &chunks(&long, 999)) + &get("/"))
            .with_buffers(BufferSizes::Narrow)
            .chunks_vary()
            .expects(ok(&long))
            .expects(ok(HELLO)),
        scenario("two bodies in a row", post("/body/whole", "first") + &post("/body/whole", "second"))
            .expects(ok("first"))
            .expects(ok("second")),
        scenario("the end of a body stays the end", post("/body/count", text) + &get("/"))
            .expects(ok("43 and 0"))
            .expects(ok(HELLO)),
        scenario("a body of 1.0", "POST /body/whole HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc")
            .expects(ok("abc"))
            .ends(End::Left),
        scenario(
            "GET may have a body",
            request("GET", "/body/whole", "Content-Length: 3\r\n", "abc") + &get("/"),
        )
        .expects(ok("abc"))
        .expects(ok(HELLO)),
    ]
}

fn left() -> Vec<Scenario> {
    let evil = get("/evil");
    let much = |n: usize| "x".repeat(n);
    vec![
        scenario("an unread body is not parsed as a request", post("/body/nothing", &evil) + &get("/"))
            .expects(ok("ignored"))
            .expects(ok(HELLO)),
        scenario("nor is the unread half", post("/body/half", &format!("12345{evil}")) + &get("/"))
            .expects(ok("12345"))
            .expects(ok(HELLO)),
        scenario("nor a chunk of it", chunked("/body/half", &chunks(&format!("12345{evil}"), 9)) + &get("/"))
            .expects(ok("12345"))
            .expects(ok(HELLO)),
        scenario("nor the body of a request that is declined", post("/none", &evil) + &get("/"))
            .then_declined(404)
            .expects(ok(HELLO)),
        scenario("nor the chunks of one", chunked("/none", &chunks(&evil, 9)) + &get("/"))
            .then_declined(404)
            .expects(ok(HELLO)),
        scenario(
            "nor the rest of one that is declined half read",
            post("/body/reject-half", &evil) + &get("/"),
        )
        .then_declined(400)
        .expects(ok(HELLO)),
        scenario("64 KB of a declined body are drained", post("/none", &much(65_536)) + &get("/"))
            .then_declined(404)
            .expects(ok(HELLO)),
        scenario("with a byte more the refusal says close", post("/none", &much(65_537)) + &get("/"))
            .then_refused(404),
        scenario(
            "chunks beyond that end the connection of a refusal",
            chunked("/none", &chunks(&much(66_000), 900)) + &get("/"),
        )
        .expects(refused(404))
        .ends(End::Dropped),
        scenario(
            "drained chunks of a declined request are parsed",
            chunked("/none", "3\r\nabcX\r\n0\r\n\r\n") + &get("/"),
        )
        .expects(refused(404))
        .ends(End::Dropped),
        scenario("64 KB of unread body are drained", post("/body/nothing", &much(65_536)) + &get("/"))
            .expects(ok("ignored"))
            .expects(ok(HELLO)),
        scenario("with a byte more the connection ends", post("/body/nothing", &much(65_537)) + &get("/"))
            .expects(ok("ignored"))
            .ends(End::Dropped),
        scenario(
            "unread chunks are drained",
            chunked("/body/nothing", &chunks(&much(60_000), 900)) + &get("/"),
        )
        .expects(ok("ignored"))
        .expects(ok(HELLO)),
        scenario(
            "with more of them the connection ends",
            chunked("/body/nothing", &chunks(&much(66_000), 900)) + &get("/"),
        )
        .expects(ok("ignored"))
        .ends(End::Dropped),
        scenario("drained chunks are parsed", chunked("/body/nothing", "3\r\nabcX\r\n0\r\n\r\n") + &get("/"))
            .expects(ok("ignored"))
            .ends(End::Dropped),
        scenario(
            "a body that is cut off while it is drained",
            post("/body/nothing", "abc") + &post("/body/nothing", "")[..0],
        )
        .expects(ok("ignored")),
    ]
}

fn limited() -> Vec<Scenario> {
    let ten = "0123456789";
    vec![
        scenario("a body of just the limit", post("/body/whole", ten) + &get("/"))
            .body_limit(10)
            .expects(ok(ten))
            .expects(ok(HELLO)),
        scenario("a body one longer by its length", post("/body/whole", "0123456789a") + &get("/"))
            .body_limit(10)
            .then_declined(413)
            .expects(ok(HELLO)),
        scenario(
            "a body beyond the limit and the drain by its length",
            post("/body/whole", &ten.repeat(7_000)) + &get("/"),
        )
        .body_limit(10)
        .then_refused(413),
        scenario("chunks of just the limit", chunked("/body/whole", &chunks(ten, 3)) + &get("/"))
            .body_limit(10)
            .expects(ok(ten))
            .expects(ok(HELLO)),
        scenario(
            "an endless chunked body is counted",
            chunked("/body/count", &chunks(&ten.repeat(50), 10)) + &get("/"),
        )
        .body_limit(400)
        .then_refused(413),
        scenario(
            "one chunk beyond the limit",
            chunked("/body/whole", &chunks("0123456789a", 11)) + &get("/"),
        )
        .body_limit(10)
        .then_refused(413),
        scenario(
            "a body larger than the memory of the page",
            post("/body/whole", &ten.repeat(11)) + &get("/"),
        )
        .then_declined(413)
        .expects(ok(HELLO)),
        scenario(
            "a body as large as the memory of the page",
            post("/body/whole", &ten.repeat(10)) + &get("/"),
        )
        .expects(ok(ten.repeat(10)))
        .expects(ok(HELLO)),
        steps("a limit that is hit after the response has begun cuts it off", {
            let head = request("POST", "/body/echo", "Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n");
            let behind = chunks("abcdefghij", 10) + &get("/");
            [head.as_str().into(), Step::Expect(b"9".to_vec()), behind.as_str().into()]
        })
        .body_limit(19)
        .chunks_vary()
        .expects(ok("0123456789abcdefghij"))
        .ends(End::Cut),
    ]
}
