//! `Expect: 100-continue` (RFC 9110 section 10.1.1).
//!
//! Invariant: the client gets 100 when the page reads the body, or a final response and the end of the connection.

use crate::answers::Framing;
use crate::expected::{answer, ok};
use crate::pages::content::HELLO;
use crate::requests::{get, request};
use crate::scenario::{End, Scenario, scenario, steps};
use crate::script::Step;

const FIELDS: &str = "Expect: 100-continue\r\nContent-Length: 5\r\n";

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let head = |path: &str| request("POST", path, FIELDS, "");
    let asks = |path: &str, behind: &str| {
        [head(path).as_str().into(), Step::Expect(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()), behind.into()]
    };
    let go_on = || answer(100, "").framed(Framing::Bodiless);
    let chunked =
        request("POST", "/body/whole", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", "");
    vec![
        steps("100 is sent when the page asks", asks("/body/whole", &format!("hello{}", get("/"))))
            .expects(go_on())
            .expects(ok("hello"))
            .expects(ok(HELLO)),
        steps("100 is sent after the responses before it", {
            let [first, expect, body] = asks("/body/whole", "hello");
            let Step::Send(first) = first else { unreachable!() };
            [Step::Send([get("/").as_bytes(), &first].concat()), expect, body]
        })
        .expects(ok(HELLO))
        .expects(go_on())
        .expects(ok("hello")),
        steps("100 is sent once", asks("/body/count", "hello")).expects(go_on()).expects(ok("5 and 0")),
        steps("a page that reads no byte sends 100", asks("/body/peek", "hello"))
            .expects(go_on())
            .expects(ok("0 then 5")),
        steps("100 is sent before chunks", {
            let expect = Step::Expect(b"100 Continue\r\n\r\n".to_vec());
            [chunked.as_str().into(), expect, "5\r\nhello\r\n0\r\n\r\n".into()]
        })
        .expects(go_on())
        .expects(ok("hello")),
        scenario("no 100 if the body follows at once", head("/body/whole") + "hello" + &get("/"))
            .continue_varies()
            .expects(ok("hello"))
            .expects(ok(HELLO)),
        scenario(
            "100 is not for a request without a body",
            request("GET", "/body/count", "Expect: 100-continue\r\n", ""),
        )
        .expects(ok("0 and 0")),
        scenario("100 is not for 1.0", format!("POST /body/whole HTTP/1.0\r\n{FIELDS}\r\nhello"))
            .expects(ok("hello"))
            .ends(End::Left),
        scenario("an answer without reading ends the connection", head("/body/nothing") + &get("/"))
            .expects(ok("ignored"))
            .ends(End::Closed),
        scenario(
            "what cannot be expected",
            request("POST", "/body/whole", "Expect: tea\r\nContent-Length: 5\r\n", ""),
        )
        .then_refused(417),
        scenario(
            "a body that is too long is refused before it is sent",
            request("POST", "/body/whole", "Expect: 100-continue\r\nContent-Length: 50\r\n", "") + &get("/"),
        )
        .body_limit(40)
        .then_refused(413),
        scenario("a page that asks too late", head("/misuse/declined") + &get("/"))
            .expects(ok("no, thank you"))
            .ends(End::Closed),
        steps(
            "a client that never sends what it announced",
            [head("/body/whole").as_str().into(), Step::Stall],
        )
        .expects(go_on())
        .then_refused(408),
    ]
}
