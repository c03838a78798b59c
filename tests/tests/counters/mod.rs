//! What the JSON API answers to ureq, on the desktop and on the board: the pages of both are one source.

use serde_json::{Value, json};
use ureq::Agent;

/// Asks a server that has just started, whose URL is `http://` and this address.
pub(crate) fn check(address: &str) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let url = |id: &str| format!("http://{address}/counters/{id}");
    let read = |id: &str| -> (u16, Option<Value>) {
        let mut response = agent.get(url(id)).call().expect("an answer");
        (response.status().as_u16(), response.body_mut().read_json().ok())
    };
    let change = |id: &str, body: &str| -> (u16, Option<Value>) {
        let request = agent.post(url(id)).content_type("application/json");
        let mut response = request.send(body).expect("an answer");
        (response.status().as_u16(), response.body_mut().read_json().ok())
    };
    let counter = |id: u32, value: u32| (200, Some(json!({ "id": id, "value": value })));
    assert_eq!(read("2"), counter(2, 0));
    assert_eq!(change("2", r#"{ "add": 5 }"#), counter(2, 5));
    assert_eq!(change("%32", r#"{"add":4294967295}"#), counter(2, 4));
    assert_eq!((read("2"), read("7")), (counter(2, 4), counter(7, 0)), "each has its own value");
    for id in ["8", "two", "-1", "4294967296"] {
        assert_eq!(read(id).0, 404, "{id}");
    }
    for (body, status) in [("", 400), ("{", 400), (r#"{"add":-1}"#, 422), (r#"{"subtract":1}"#, 422)] {
        assert_eq!(change("2", body), (status, None), "{body}");
    }
    assert_eq!(change("2", &format!("{{\"add\":1{}}}", " ".repeat(100))).0, 413);
    let text = agent.post(url("2")).content_type("text/plain").send(r#"{"add":1}"#).expect("an answer");
    assert_eq!(text.status(), 415);
    assert_eq!(read("2"), counter(2, 4), "a refusal changes nothing");
    assert_eq!(agent.delete(url("2")).call().expect("an answer").status(), 405);
}
