//! `Expect` (RFC 9110 section 10.1.1).

use super::case::Case;
use crate::requests::request;

/// All of them; the body follows the head at once.
pub(super) fn all() -> Vec<Case> {
    let length = "Content-Length: 5\r\n";
    let post = |expect: &str| request("POST", "/echo", &format!("Expect:{expect}\r\n{length}"), "hello");
    let met = [
        " 100-continue",
        " 100-Continue",
        "100-CONTINUE",
        " 100-continue, 100-continue",
        " ,100-continue,",
        "",
    ]
    .map(|expect| Case::answered(format!("Expect {expect:?}"), post(expect), 200));
    let not = [
        " tea",
        " 100-continue, tea",
        " tea, 100-continue",
        " 100-continue;q=1",
        " 100-continue=1",
        " \"100-continue\"",
        " 100 continue",
        " 100-continues",
        " 200-ok",
        " 100",
    ]
    .map(|expect| Case::answered(format!("Expect {expect:?}"), post(expect), 417));
    let twice = "Expect: 100-continue\r\nExpect: 100-continue\r\n";
    let apart = "Expect: 100-continue\r\nExpect: tea\r\n";
    let plain = "Expect: 100-continue\r\n";
    let more = [
        Case::answered("Expect twice", request("POST", "/echo", &format!("{twice}{length}"), "hello"), 200),
        Case::answered(
            "Expect tea on a second line",
            request("POST", "/echo", &format!("{apart}{length}"), "hello"),
            417,
        ),
        Case::answered(
            "Expect before chunks",
            {
                request(
                    "POST",
                    "/echo",
                    &format!("{plain}Transfer-Encoding: chunked\r\n"),
                    "5\r\nhello\r\n0\r\n\r\n",
                )
            },
            200,
        ),
        Case::answered("Expect without a body", request("GET", "/robots.txt", plain, ""), 200),
        Case::answered(
            "Expect with a body of nothing",
            request("POST", "/echo", &format!("{plain}Content-Length: 0\r\n"), ""),
            200,
        ),
        Case::closes(
            "Expect with a body that is not read",
            request("GET", "/robots.txt", &format!("{plain}{length}"), "hello"),
            200,
        ),
        Case::closes(
            "Expect for what is not there",
            request("POST", "/none", &format!("{plain}{length}"), "hello"),
            404,
        ),
        Case::closes(
            "Expect for what is not allowed",
            request("DELETE", "/echo", &format!("{plain}{length}"), "hello"),
            405,
        ),
        Case::closes("Expect from 1.0", format!("POST /echo HTTP/1.0\r\n{plain}{length}\r\nhello"), 200),
        Case::answered(
            "Expect from 1.0 that stays",
            format!("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n{plain}{length}\r\nhello"),
            200,
        ),
    ];
    met.into_iter().chain(not).chain(more).collect()
}
