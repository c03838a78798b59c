//! JSON in answers and in bodies.
//!
//! Invariant: a value is written as serde_json writes it, whatever the size of the response buffer; a body that the page cannot use has
//! the status that says why.

use std::collections::BTreeMap;

use bantam::{Connection, ConnectionState, Fault, Misuse, RequestDetails, Site, serve, wire::Status};
use bantam_tests::answers::{Answer, read};
use bantam_tests::executor::run;
use bantam_tests::script::ScriptedPeer;
use serde::{Deserialize, Serialize, Serializer, ser};

/// Every kind of value.
#[derive(Serialize)]
struct All {
    text: &'static str,
    integers: (i8, i64, u8, u64),
    floats: [f64; 3],
    letter: char,
    none: Option<u8>,
    some: Option<bool>,
    unit: (),
    nested: Vec<Kind>,
    map: BTreeMap<&'static str, u8>,
    numbered: BTreeMap<i16, Vec<u8>>,
    lettered: BTreeMap<char, bool>,
}

#[derive(Serialize)]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(u8, &'static str),
    Struct { a: u8, b: Box<Kind> },
}

fn all() -> All {
    All {
        text: "a\"b\\c\n\u{1}\u{7f}\u{e9}/<",
        integers: (i8::MIN, i64::MIN, 0, u64::MAX),
        floats: [1.5, -0.25, f64::NAN],
        letter: '"',
        none: None,
        some: Some(true),
        unit: (),
        nested: vec![
            Kind::Unit,
            Kind::Newtype(1),
            Kind::Tuple(2, ""),
            Kind::Struct { a: 3, b: Box::new(Kind::Unit) },
        ],
        map: BTreeMap::from([("a", 1), ("b\"", 2)]),
        numbered: BTreeMap::from([(-1, vec![]), (2, vec![3, 4])]),
        lettered: BTreeMap::from([('x', false)]),
    }
}

/// A value that fails.
struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("no"))
    }
}

#[derive(Debug, Deserialize, Serialize)]
struct Switch {
    relay: u8,
    #[serde(default)]
    on: bool,
}

#[derive(Deserialize)]
struct Named<'a> {
    name: &'a str,
}

/// Every kind of value, and of name.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Read {
    numbered: BTreeMap<i16, u8>,
    answered: BTreeMap<bool, Option<u8>>,
    lettered: BTreeMap<char, Letter>,
    kinds: BTreeMap<Colour, Vec<ReadKind>>,
    listed: BTreeMap<[u8; 2], u8>,
    signed: (i8, i64),
    float: f32,
    text: String,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize, Serialize)]
struct Letter(u8);

#[derive(Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Colour {
    Red,
    Green,
}

#[derive(Deserialize, Serialize)]
enum ReadKind {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { a: u8, b: Box<ReadKind> },
}

struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match details.uri.path {
            "/all" => details.json(Status::CREATED, &all()).await,
            "/failing" => details.json(Status::OK, &[&Failing]).await,
            "/name" => details.json(Status::OK, &BTreeMap::from([(Some(1.5.to_string().len()), 1)])).await,
            "/no-name" => details.json(Status::OK, &BTreeMap::from([([1, 2], 1)])).await,
            "/read" => {
                let read: Read = details.json_body(&mut [0; 256]).await?;
                details.json(Status::OK, &read).await
            }
            "/named" => {
                let mut memory = [0; 64];
                let Named { name } = details.json_body(&mut memory).await?;
                details.text(Status::OK, format_args!("{name}")).await
            }
            _ => {
                let switch: Switch = details.json_body(&mut [0; 64]).await?;
                details.json(Status::OK, &switch).await
            }
        }
    }
}

fn serve_pages(request: &str, capacity: usize) -> ScriptedPeer {
    let mut peer = ScriptedPeer::sending(request);
    let (mut input, mut output) = (vec![0; 1024], vec![0; capacity]);
    let _ = run(serve(&mut peer, &mut ConnectionState::new(&mut input, &mut output), &Pages));
    peer
}

fn get(path: &str, capacity: usize) -> ScriptedPeer {
    serve_pages(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"), capacity)
}

fn post(path: &str, media_type: &str, body: &str) -> Answer {
    let length = body.len();
    let peer = serve_pages(
        &format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\n{media_type}Content-Length: {length}\r\n\r\n{body}GET /all HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        1024,
    );
    let mut answers = read(peer.received(), |_| false).expect("well formed");
    assert_eq!(answers.len(), 2, "a refusal keeps the connection: {}", peer.text());
    answers.remove(0)
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn every_kind_of_value_is_the_json_of_serde_json_in_a_buffer_of_any_size() {
    let expected: serde_json::Value = serde_json::to_value(all()).expect("a value");
    for capacity in (130..400).chain([2000]) {
        let peer = get("/all", capacity);
        let answers = read(peer.received(), |_| false).expect("well formed");
        assert_eq!((answers.len(), answers[0].status), (1, 201), "{}", peer.text());
        assert_eq!(answers[0].field("content-type"), Some("application/json"));
        let found: serde_json::Value = serde_json::from_slice(&answers[0].body).expect("JSON");
        assert_eq!(found, expected, "{capacity}");
    }
}

#[test]
fn a_value_that_cannot_be_written_is_a_500() {
    for path in ["/failing", "/no-name"] {
        let peer = get(path, 512);
        let exchange = &peer.log()[0];
        assert_eq!(
            (exchange.status, exchange.fault),
            (500, Some(Fault::Misuse(Misuse::FormatFailed))),
            "{path}"
        );
    }
    assert!(get("/name", 512).text().ends_with("{\"3\":1}"));
}

#[test]
fn a_body_is_read_as_a_value() {
    for body in
        ["{\"relay\":7,\"on\":true}", " { \"other\": [1, {\"a\": null}], \"on\" : true , \"relay\":7}\n"]
    {
        let answer = post("/", JSON, body);
        assert_eq!((answer.status, answer.body), (200, b"{\"relay\":7,\"on\":true}".to_vec()), "{body}");
    }
    assert_eq!(post("/", "Content-Type: application/a+json; charset=utf-8\r\n", "{\"relay\":0}").status, 200);
    assert_eq!(post("/named", JSON, "{\"name\":\"\u{e9}\"}").body, "\u{e9}".as_bytes());
    assert_eq!(
        post("/named", JSON, r#"{"name":"a\u00e9\"\ud83d\ude00\\"}"#).body,
        "a\u{e9}\"\u{1f600}\\".as_bytes()
    );
}

#[test]
fn every_kind_of_value_and_of_name_is_read_as_serde_json_reads_it() {
    for body in [
        r#"{"numbered":{"-1":1,"300":2}}"#,
        r#"{"numbered":{"40000":1}}"#,
        r#"{"numbered":{"01":1}}"#,
        r#"{"numbered":{"+1":1}}"#,
        r#"{"numbered":{"-01":1}}"#,
        r#"{"numbered":{"0":1}}"#,
        r#"{"numbered":{"a":1}}"#,
        r#"{"numbered":{"":1}}"#,
        r#"{"answered":{"true":null,"false":7}}"#,
        r#"{"answered":{"1":null}}"#,
        r#"{"lettered":{"x":1,"\u00e9":2}}"#,
        r#"{"lettered":{"xy":1}}"#,
        r#"{"kinds":{"Red":["Unit",{"Unit":null},{"Newtype":1}],"Green":[]}}"#,
        r#"{"kinds":{"Red":[{"Tuple":[2,"a\nb"]},{"Struct":{"a":3,"b":"Unit"}}]}}"#,
        r#"{"kinds":{"Blue":[]}}"#,
        r#"{"kinds":{"Red":["Newtype"]}}"#,
        r#"{"kinds":{"Red":[{"Newtype":1,"Unit":null}]}}"#,
        r#"{"kinds":{"Red":[{}]}}"#,
        r#"{"kinds":{"Red":[{"Tuple":[2]}]}}"#,
        r#"{"kinds":{"Red":[{"Tuple":[2,"",3]}]}}"#,
        r#"{"listed":{}}"#,
        r#"{"listed":{"[1,2]":1}}"#,
        r#"{"signed":[-128,-9223372036854775808]}"#,
        r#"{"signed":[-129,0]}"#,
        r#"{"signed":[1.0,0]}"#,
        r#"{"float":-1.5e3,"text":"\ud83d\ude00"}"#,
        r#"{"text":"\ud83d"}"#,
        r#"{"text":1}"#,
        r#"{"a":[1,-1,1.5,18446744073709551615,true,null,{"b":"\t"}], "c" : {} , "d":[ ]}"#,
        "[]",
        "null",
    ] {
        let answer = post("/read", JSON, body);
        match serde_json::from_str::<Read>(body) {
            Ok(expected) => {
                let found: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
                assert_eq!(found, serde_json::to_value(expected).expect("a value"), "{body}");
            }
            Err(_) => assert_eq!(answer.status, 422, "{body}"),
        }
    }
}

#[test]
fn a_body_that_the_page_cannot_use_has_the_status_that_says_why() {
    for (media_type, body, status, sentence) in [
        ("", "{\"relay\":1}", 415, "application/json"),
        ("Content-Type: text/plain\r\n", "{\"relay\":1}", 415, "application/json"),
        (JSON, "", 400, "not valid JSON"),
        (JSON, "{\"relay\":1", 400, "not valid JSON"),
        (JSON, "{\"relay\":01}", 400, "not valid JSON"),
        (JSON, "{\"other\":tru,\"relay\":1}", 400, "not valid JSON"),
        (JSON, "[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]", 400, "not valid JSON"),
        (JSON, "{\"relay\":1} x", 400, "not valid JSON"),
        (JSON, "{}", 422, "what this page needs"),
        (JSON, "[1]", 422, "what this page needs"),
        (JSON, "{\"relay\":256}", 422, "what this page needs"),
        (JSON, "{\"relay\":\"1\"}", 422, "what this page needs"),
    ] {
        let answer = post("/", media_type, body);
        let page = String::from_utf8_lossy(&answer.body);
        assert!(answer.status == status && page.contains(sentence), "{body}: {page}");
    }
    assert_eq!(post("/named", JSON, "{\"name\":1}").status, 422);
    assert_eq!(post("/", JSON, &format!("{{\"relay\":1}}{}", " ".repeat(64))).status, 413);
}
