//! Server-sent events in a real browser and with curl.

#[allow(dead_code, reason = "other tests use more of it")]
mod webdriver;

use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bantam::wire::{Event, Status};
use bantam::{Connection, RequestDetails, Site};
use bantam_std::{Mode, Server};
use webdriver::Browser;

/// The timeout of every wait.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Three numbers for each connection, and what the clients have asked for.
#[derive(Default)]
struct Numbers {
    resumed: Mutex<Vec<Option<u32>>>,
}

impl Site for Numbers {
    bantam::routes! {
        GET "/" => page,
        GET "/numbers" => numbers,
    }
}

async fn page<C: Connection>(_: &Numbers, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.html(Status::OK, format_args!("<!doctype html><title>Numbers</title>")).await
}

async fn numbers<C: Connection>(app: &Numbers, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let last = details.last_event_id().and_then(|id| id.parse().ok());
    app.resumed.lock().expect("sound").push(last);
    let Some(mut events) = details.events().await? else { return Ok(()) };
    let from = last.unwrap_or(0) + 1;
    for number in from..from + 3 {
        if events.pause(Duration::from_millis(20)).await.is_none() {
            break;
        }
        let number = number.to_string();
        events.send(&Event::new("two\r\nlines").name("number").id(&number).retry(50)).await?;
    }
    Ok(())
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_browser_reads_events_and_resumes_behind_the_last_one() {
    for mode in Mode::ALL {
        let server = Server::new().mode(*mode).bind("127.0.0.1:0").expect("a free port");
        let server = server.start(Numbers::default()).expect("started");
        let browser = Browser::start();
        browser.go(&format!("http://{}/", server.local_addrs()[0]));
        browser.run(
            "window.seen = []; window.source = new EventSource('/numbers'); \
             source.addEventListener('number', event => seen.push(`${event.lastEventId} ${event.data}`))",
        );
        let start = Instant::now();
        let seen = loop {
            let seen = browser.run("return seen.length >= 8 ? seen.slice(0, 8) : null");
            if !seen.is_null() {
                break seen;
            }
            assert!(start.elapsed() < TIMEOUT, "{mode:?}: timeout");
            std::thread::sleep(Duration::from_millis(20));
        };
        let expected: Vec<String> = (1..=8).map(|number| format!("{number} two\nlines")).collect();
        assert_eq!(seen, serde_json::json!(expected), "{mode:?}: none twice, none lost");
        browser.run("source.close()");
        drop(browser);
        server.handle().shutdown(TIMEOUT);
        assert_eq!(server.wait(), 0, "{mode:?}");
    }
}

#[test]
#[ignore = "needs curl: tests/run installs it"]
fn curl_reads_events_as_they_come_and_by_http_1_0() {
    let server =
        Server::new().bind("127.0.0.1:0").expect("a free port").start(Numbers::default()).expect("started");
    let url = format!("http://{}/numbers", server.local_addrs()[0]);
    let body: String =
        (4..7).map(|n| format!("event: number\nid: {n}\nretry: 50\ndata: two\ndata: lines\n\n")).collect();
    for version in ["--http1.1", "--http1.0"] {
        let arguments = ["--silent", "--no-buffer", version, "--header", "Last-Event-ID: 3", &url];
        let output = Command::new("curl").args(arguments).output().expect("curl runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), body, "{version}");
    }
    let output = Command::new("curl").args(["--silent", "--head", &url]).output().expect("curl runs");
    let head = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        head.contains("Content-Type: text/event-stream\r\n") && head.contains("Cache-Control: no-store\r\n"),
        "{head}"
    );
}
