//! The status of the program: the page /-/status, its events, its JSON, and the summary of SIGUSR1.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};

use bantam_std::Mode;
use serde_json::Value;

use crate::common::{connect, get, read_response, read_to_close, send, wait_until};
use crate::program::{Program, command, flag};

/// How many streams of events the program serves at a time.
const MAX_VIEWERS: usize = 16;

fn ask(address: SocketAddr, path: &str, fields: &str) -> String {
    read_to_close(&mut send(address, format!("GET {path} HTTP/1.0\r\n{fields}\r\n").as_bytes()))
}

fn snapshot(metrics: SocketAddr) -> Value {
    let response = ask(metrics, "/-/status", "Accept: application/json\r\n");
    let (head, body) = response.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("\r\nContent-Type: application/json\r\n"), "{head}");
    serde_json::from_str(body).expect("JSON")
}

/// A stream of events from which nothing has been read.
fn viewer(metrics: SocketAddr) -> TcpStream {
    send(metrics, b"GET /-/status/events HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// Reads the data of the next event.
fn next_event(stream: &mut BufReader<TcpStream>) -> Value {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(stream.read_line(&mut line).expect("in time") > 0, "the stream goes on");
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str(data).expect("JSON");
        }
    }
}

/// The value of a row of an event.
fn row<'e>(event: &'e Value, key: &str) -> &'e str {
    let rows = event["rows"].as_array().expect("rows");
    rows.iter().find(|row| row[0] == key).and_then(|row| row[1].as_str()).expect("such a row")
}

in_every_mode! {
fn the_status_has_the_numbers_of_the_server_and_no_byte_of_a_request(mode) {
    let flags = ["--metrics", "127.0.0.1:0", "--workers", "3", "--max-connections", "77"];
    let mut program = Program::start_in(mode, &flags);
    let metrics = program.metrics_address();
    let mut idle = connect(program.address);
    for (path, status) in [("/robots.txt", 200), ("/none?key=s3cret", 404), ("/none?key=s3cret", 404)] {
        std::io::Write::write_all(&mut idle, &get(path)).unwrap();
        assert!(read_response(&mut idle).unwrap().starts_with(&format!("HTTP/1.1 {status} ")));
    }
    assert!(ask(program.address, "/", "Host: s3cret s3cret\r\n").starts_with("HTTP/1.1 400 "));
    // A response is counted when it has been sent.
    wait_until(|| snapshot(metrics)["responses"]["4xx"] == 3);
    wait_until(|| snapshot(metrics)["connections"]["idle"] == 1);
    let json = snapshot(metrics);
    assert_eq!(json["mode"], flag(mode));
    assert_eq!((&json["state"], &json["workers"]), (&"serving".into(), &3.into()));
    assert_eq!(json["connections"]["limit"], 77);
    assert_eq!(json["responses"], serde_json::json!({ "2xx": 1, "3xx": 0, "4xx": 3, "5xx": 0 }));
    assert_eq!(json["certificate_days_left"], Value::Null);
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert!(!cfg!(target_os = "linux") || json["resident_memory_bytes"].as_u64() > Some(1 << 20), "{json}");
    let refusals = json["refusals"].as_array().expect("a list");
    let refusal = |index: usize| {
        let refusal = &refusals[index];
        (refusal["client"].as_str(), refusal["status"].as_u64(), refusal["reason"].as_str(), refusal["count"].as_u64())
    };
    assert_eq!(refusals.len(), 2, "{refusals:?}");
    let host = "Host is missing, repeated or not valid.";
    assert_eq!(refusal(0), (Some("127.0.0.1"), Some(400), Some(host), Some(1)));
    assert_eq!(refusal(1), (Some("127.0.0.1"), Some(404), Some("There is no such page."), Some(2)));
    wait_until(|| {
        let minute = snapshot(metrics)["requests_last_minute"].as_array().cloned().expect("a list");
        minute.iter().filter_map(Value::as_u64).sum::<u64>() == 4
    });
    let page = ask(metrics, "/-/status", "");
    assert!(page.contains("<dd id=\"mode\">") && page.contains("<td>There is no such page. (2 times)</td>"), "{page}");
    for text in [page, json.to_string()] {
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[cfg(unix)]
fn sigusr1_writes_the_numbers_to_stderr(mode) {
    let mut program = Program::start_in(mode, &[]);
    assert!(ask(program.address, "/none", "").starts_with("HTTP/1.1 404 "));
    program.wait_for_line("\" 404 ");
    program.signal("USR1");
    assert_eq!(program.wait_for_line("status:"), "status:\n");
    assert!(program.wait_for_line("State").ends_with(" serving\n"));
    assert!(program.wait_for_line("Responses 4xx").ends_with(" 1\n"));
    assert!(program.wait_for_line("Mode").ends_with(&format!(" {}\n", flag(mode))));
    let refused = program.wait_for_line("  refused ");
    assert!(refused.ends_with(" 127.0.0.1 404 There is no such page.\n"), "{refused}");
}
}

#[test]
fn the_page_runs_no_other_script_and_tells_a_cache_that_json_differs() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = program.metrics_address();
    let is_json = |accept: &str| {
        let page = ask(metrics, "/-/status", accept);
        assert!(
            page.contains("\r\nVary: Accept\r\n") && page.contains("\r\nCache-Control: no-store\r\n"),
            "{page}"
        );
        let policy =
            page.lines().find_map(|line| line.strip_prefix("Content-Security-Policy: ")).expect("a policy");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        page.contains("\r\nContent-Type: application/json\r\n")
    };
    for (accept, expected) in [
        ("", false),
        ("Accept: */*\r\n", false),
        ("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", false),
        ("Accept: application/json\r\n", true),
        ("Accept: text/html;q=0.5, Application/JSON\r\n", true),
        ("Accept: application/json;q=0\r\n", false),
        ("Accept: application/json, text/html\r\n", false),
    ] {
        assert_eq!(is_json(accept), expected, "{accept}");
    }
    for path in ["/-/status", "/-/status/events"] {
        let head = read_to_close(&mut send(metrics, format!("HEAD {path} HTTP/1.0\r\n\r\n").as_bytes()));
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
        let post = read_to_close(&mut send(metrics, format!("POST {path} HTTP/1.0\r\n\r\n").as_bytes()));
        assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
        assert!(
            ask(program.address, path, "").starts_with("HTTP/1.1 404 "),
            "not on the address of the site"
        );
    }
}

#[cfg(unix)]
#[test]
fn events_go_on_through_a_stop_and_end_whole_with_the_program() {
    // No deadline ends the request before the client does.
    let deadlines = ["--timeout-head", "600", "--timeout-stop", "600"];
    let mut program = Program::start(&[&["--metrics", "127.0.0.1:0"], &deadlines[..]].concat());
    let metrics = program.metrics_address();
    let mut events = BufReader::new(viewer(metrics));
    let first = next_event(&mut events);
    assert_eq!((row(&first, "stage"), row(&first, "requests")), ("serving", "0"));
    read_response(&mut send(program.address, &get("/robots.txt"))).unwrap();
    while row(&next_event(&mut events), "requests") != "1" {}
    // A request that is not whole keeps the server until the program is told that it is.
    let mut begun = send(program.address, b"GET /robots.txt HTTP/1.1\r\nHost: a\r\n");
    while row(&next_event(&mut events), "active") != "1" {}
    program.signal("TERM");
    while row(&next_event(&mut events), "stage") != "stopping" {}
    std::io::Write::write_all(&mut begun, b"\r\n").unwrap();
    assert!(read_to_close(&mut begun).starts_with("HTTP/1.1 200 "));
    let mut rest = String::new();
    events.read_to_string(&mut rest).expect("in time");
    assert!(rest.ends_with("\r\n0\r\n\r\n"), "the last chunk: {rest}");
    assert_eq!(program.wait().0, Some(0));
}

#[test]
fn viewers_that_read_nothing_are_bounded_and_keep_nothing_from_being_served() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = program.metrics_address();
    let begins = |stream: &mut TcpStream| {
        let mut start = [0; 12];
        stream.read_exact(&mut start).expect("in time");
        String::from_utf8_lossy(&start).into_owned()
    };
    let mut stalled: Vec<_> = (0..MAX_VIEWERS).map(|_| viewer(metrics)).collect();
    assert!(stalled.iter_mut().all(|stream| begins(stream) == "HTTP/1.1 200"));
    let refused = read_response(&mut viewer(metrics)).unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("\r\nRetry-After: 5\r\n"), "{refused}");
    for _ in 0..10 {
        assert!(ask(metrics, "/healthz", "").starts_with("HTTP/1.1 200 "));
        assert!(ask(program.address, "/robots.txt", "").starts_with("HTTP/1.1 200 "));
        assert_eq!(snapshot(metrics)["state"], "serving");
    }
    stalled.pop();
    wait_until(|| begins(&mut viewer(metrics)) == "HTTP/1.1 200");
}

#[cfg(unix)]
#[test]
fn a_summary_that_nothing_reads_keeps_nothing_from_being_served() {
    let program = Program::start(&["--quiet"]);
    // A pipe of Linux holds 64 KB, and the queue of the log a megabyte.
    program.signal_in_turn("USR1", 2_000);
    for _ in 0..10 {
        assert!(ask(program.address, "/robots.txt", "").starts_with("HTTP/1.1 200 "));
    }
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(0));
    assert!(err.contains("\n  Responses are not counted: "), "{err}");
}

#[test]
fn the_page_states_when_the_certificate_expires() {
    let mut command = command(&["--metrics", "127.0.0.1:0", "--tls-self-signed"]);
    command.args(["--mode", flag(Mode::EventLoop)]);
    let mut program = Program::spawn(command);
    let metrics = program.metrics_address();
    assert!(snapshot(metrics)["certificate_days_left"].as_i64() > Some(300));
    assert!(ask(metrics, "/-/status", "").contains("<dd id=\"certificate\">expires in "));
}
