//! Law: a person with a browser gets what the pages promise: a greeting, and pieces that are seen as they come.

mod webdriver;

use std::time::{Duration, Instant};

use bantam_std::{Running, Server};
use bantam_www::Www;
use webdriver::Browser;

/// No wait of these tests is longer: what takes so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn site() -> (Running, String) {
    let server = Server::new().bind("127.0.0.1:0").expect("a free port").start(Www).expect("started");
    let url = format!("http://{}", server.addresses()[0]);
    (server, url)
}

/// Asks until there is an answer.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_person_fills_in_the_form_and_is_greeted() {
    let (_server, url) = site();
    let browser = Browser::start();
    for (device, width, height) in [("desktop", 1280, 900), ("phone", 390, 844)] {
        browser.resize(width, height);
        browser.go(&format!("{url}/"));
        let input = until(|| browser.find("#firstname").into_iter().next());
        browser.screenshot(&format!("index-{device}"));
        browser.type_into(&input, "Ada <b>Lovelace</b>");
        let button = browser.find("button").remove(0);
        browser.click(&button);
        let greeting = until(|| browser.find("#greeting").into_iter().next());
        assert_eq!(browser.text(&greeting).as_deref(), Some("Hello, Ada <b>Lovelace</b>!"));
        browser.screenshot(&format!("greeting-{device}"));
    }
    let loaded =
        browser.run("const i = document.querySelector('img'); return i.complete && i.naturalWidth > 0");
    assert_eq!(loaded, true, "the picture is shown");
    let styled = browser.run("return getComputedStyle(document.querySelector('main')).borderTopWidth");
    assert_eq!(styled, "1px", "the stylesheet is applied");
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_pieces_of_a_slow_page_are_seen_one_by_one() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.go(&format!("{url}/sleep"));
    let mut seen = vec![0];
    until(|| {
        let count = browser.find(".piece").len();
        if seen.last() != Some(&count) {
            seen.push(count);
            browser.screenshot(&format!("sleep-{count}"));
        }
        (count == 5).then_some(())
    });
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
    // The page ends, and the browser knows it.
    until(|| (browser.run("return document.readyState") == "complete").then_some(()));
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_form_is_echoed_as_text() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.go(&format!("{url}/echo"));
    let input = until(|| browser.find("#text").into_iter().next());
    browser.screenshot("echo");
    browser.type_into(&input, "!");
    let button = browser.find("button").remove(0);
    browser.click(&button);
    let shown = until(|| {
        browser.find("pre").into_iter().filter_map(|pre| browser.text(&pre)).find(|t| t.contains("text="))
    });
    assert_eq!(shown.trim(), "text=cock-a-doodle-doo!");
}
