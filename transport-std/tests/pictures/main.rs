//! Pictures of what an operator and a visitor see, in `target/pictures/`, and what a picture alone does not show: that no page is
//! wider than its screen, that every text has contrast, and that a finger hits every link.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/program.rs"]
mod program;
#[allow(dead_code, reason = "the tests of the pages use the rest")]
#[path = "../../../tests/tests/webdriver/mod.rs"]
mod webdriver;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use common::{get, read_response, read_to_close, send, wait_until};
use program::Program;
use serde_json::Value;
use webdriver::Browser;

/// Returns what is wrong with the page, on a screen of `screenWidth`.
const CHECKS: &str = include_str!("checks.js");
/// Names of screens, and their widths and heights.
const SCREENS: [(&str, u32, u32); 2] = [("desktop", 1280, 800), ("phone", 390, 844)];

/// Fills a folder with unusual names.
fn fill(root: &Path) {
    let dir = root.join("files");
    fs::create_dir_all(dir.join("a folder")).expect("made");
    let long =
        "a name that is so long that it has to be broken somewhere, and on a telephone more than once.md";
    for (name, size) in [
        ("<img src=x onerror=alert(1)>.txt", 12),
        ("50% & more #1?.txt", 4_321),
        (long, 999),
        (&*"unbroken".repeat(20), 7),
        ("notes.md", 15_000),
        ("snow ☃ und Übermut.html", 1_200_000),
        ("archive.tar.gz", 48_000_000),
    ] {
        fs::File::create(dir.join(name)).and_then(|file| file.set_len(size)).expect("written");
    }
}

/// Makes refusals of several clients, and responses.
fn visit(address: SocketAddr) {
    for (client, fields) in [
        ("192.0.2.7", "Host: a\r\n"),
        ("2001:db8:1234:5678:9abc:def0:1234:5678", "Host: a\r\n"),
        ("198.51.100.23", "Host: a\r\nExpect: nothing\r\n"),
    ] {
        let request =
            format!("GET /none HTTP/1.1\r\nX-Forwarded-For: {client}\r\n{fields}Connection: close\r\n\r\n");
        read_to_close(&mut send(address, request.as_bytes()));
    }
    let malformed = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    read_to_close(&mut send(address, malformed));
    for _ in 0..30 {
        read_response(&mut send(address, &get("/robots.txt"))).expect("a response");
    }
}

/// Shows a page on every screen in both colour schemes, draws it and checks it. Returns what is wrong.
fn draw(browser: &Browser, name: &str, url: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (screen, width, height) in SCREENS {
        for (scheme, is_dark) in [("light", false), ("dark", true)] {
            browser.emulate(width, height, is_dark);
            browser.go(url);
            let ready = format!("return document.readyState == 'complete' && location.href == '{url}'");
            wait_until(|| browser.run(&ready) == true);
            let found = browser.run(&format!("const screenWidth = {width}\n{CHECKS}"));
            let found = found.as_array().expect("a list").iter().filter_map(Value::as_str);
            wrong.extend(found.map(|what| format!("{name}, {screen}, {scheme}: {what}")));
            browser.screenshot_whole(&format!("{name}-{screen}-{scheme}"));
        }
    }
    wrong
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn every_page_fits_its_screen_and_can_be_read_and_touched() {
    let root = tempfile::tempdir().expect("a folder");
    fill(root.path());
    let flags =
        ["--root", root.path().to_str().expect("text"), "--listing", "--pages", "--trust-proxy", "127.0.0.1"];
    let mut program = Program::start(&[&flags[..], &["--metrics", "127.0.0.1:0"]].concat());
    let metrics = program.metrics_address();
    visit(program.address);
    let browser = Browser::start();
    let mut wrong = Vec::new();
    for (name, url) in [
        ("index", program.url("/")),
        ("list", program.url("/files/")),
        ("error", program.url("/none")),
        ("status", format!("http://{metrics}/-/status")),
    ] {
        wrong.extend(draw(&browser, name, &url));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The page is shown last, so that its log is not that of another one.
#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_status_page_shows_each_second_without_a_reload() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let url = format!("http://{}/-/status", program.metrics_address());
    let browser = Browser::start();
    browser.go(&url);
    let text = |id: &str| {
        let text = browser.run(&format!("return document.getElementById('{id}')?.textContent"));
        text.as_str().unwrap_or_default().to_owned()
    };
    wait_until(|| text("feed") == "Live");
    assert_eq!(text("requests"), "0");
    assert_eq!(text("refusals").trim(), "No request has been refused.");
    for _ in 0..3 {
        read_to_close(&mut send(program.address, b"GET /none HTTP/1.0\r\n\r\n"));
    }
    wait_until(|| text("4xx") == "3" && text("most") != "0" && text("refusals").contains("(3 times)"));
    let peak = "return Math.min(...[...document.getElementById('line').points].map(point => point.y))";
    wait_until(|| browser.run(peak).as_f64() < Some(300.0));
    assert_eq!(browser.log(), [""; 0], "the policy lets the page do all that it does");
    program.signal("TERM");
    wait_until(|| text("feed") == "Connecting again");
}

/// The checks find what they are for.
#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_page_that_is_too_wide_too_pale_or_too_small_is_found() {
    let page = "data:text/html,<!doctype html><meta name=viewport content='width=device-width'>\
        <body style='background:white'><div style='width:500px'>wide</div><p style='color:rgb(180,180,180)'>pale</p>\
        <p style='color:rgba(0,0,0,.3)'>thin</p><button style='font-size:8px;padding:0;border:0'>x</button>";
    let browser = Browser::start();
    browser.emulate(390, 844, false);
    browser.go(page);
    wait_until(|| {
        browser.run("return document.readyState == 'complete' && !!document.querySelector('button')") == true
    });
    let found = browser.run(&format!("const screenWidth = 390\n{CHECKS}"));
    let found: Vec<_> = found.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for start in ["wider than the screen", "contrast 2.", "contrast 2.", "too small to touch"] {
        assert!(found.iter().any(|what| what.starts_with(start)), "{start}: {found:?}");
    }
    assert!(
        found.iter().any(|what| what.ends_with("pale")) && found.iter().any(|what| what.ends_with("thin")),
        "{found:?}"
    );
    assert_eq!(found.len(), 4, "{found:?}");
}
