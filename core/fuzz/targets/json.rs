//! Fuzz target: bodies of JSON, read as any value and as values with names and strings of their own, and written again.
//!
//! Invariant: no body panics; what serde_json reads is read as the same value, up to the depth that is taken, and nothing else is.

#![no_main]

use std::collections::BTreeMap;

use bantam::{Connection, ConnectionState, RequestDetails, Site, serve, wire::Status};
use bantam_tests::answers::read;
use bantam_tests::executor::run;
use bantam_tests::script::ScriptedPeer;
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize, Serialize)]
enum Kind {
    A,
    B(Option<bool>),
    C(u8, i64),
    D { a: char, b: Box<Kind> },
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Typed<'a> {
    a: Option<BTreeMap<i16, u8>>,
    #[serde(borrow)]
    b: BTreeMap<bool, &'a str>,
    c: Vec<Kind>,
    d: (i8, u64),
}

struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 4096];
        if details.uri.path == "/typed" {
            let typed: Typed<'_> = details.json_body(&mut memory).await?;
            return details.json(Status::OK, &typed).await;
        }
        let value: Value = details.json_body(&mut memory).await?;
        details.json(Status::OK, &value).await
    }
}

/// The value of the answer; `None` if the body is refused.
fn answer(path: &str, body: &[u8]) -> Option<Value> {
    let length = body.len();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    let mut peer = ScriptedPeer::sending(request);
    let (mut input, mut output) = ([0; 1024], [0; 512]);
    let _ = run(serve(&mut peer, &mut ConnectionState::new(&mut input, &mut output), &Pages));
    let answers = read(peer.received(), |_| false).expect("well formed");
    let answer = &answers[0];
    assert!(matches!(answer.status, 200 | 400 | 422), "{}", answer.status);
    (answer.status == 200).then(|| serde_json::from_slice(&answer.body).expect("JSON"))
}

fuzz_target!(|data: &[u8]| {
    let data = &data[..data.len().min(2048)];
    let (any, typed) = (answer("/", data), answer("/typed", data));
    // The depth of a body is bounded, and serde_json rounds floats and refuses large ones in a way of its own.
    let depth = data.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    let has_floats = data.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
        || data.windows(2).any(|two| two == b"-0")
        || data.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() > 15);
    if depth > 16 || has_floats {
        return;
    }
    assert_eq!(any, serde_json::from_slice(data).ok());
    // serde_json takes an array for a struct, and refuses a borrowed string with an escape.
    if typed.is_some() && !data.contains(&b'\\') {
        let expected = serde_json::from_slice::<Typed<'_>>(data).ok();
        assert_eq!(typed, expected.map(|typed| serde_json::to_value(typed).expect("a value")));
    }
});
