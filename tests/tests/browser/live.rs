//! The live page in a browser: it draws, it connects again when the server comes back, and says what there is without its script.

use bantam_std::Server;
use bantam_www::Www;

use crate::webdriver::Browser;
use crate::{site, until};

const POINTS: &str = "return (document.querySelector('polyline').getAttribute('points') ?? '').split(' ').filter(Boolean).length";
const NUMBERS: &str =
    "return [...document.querySelectorAll('dt, dd')].map(item => item.textContent).join(' ')";
const STATE: &str = "return document.querySelector('#state').textContent";

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_live_page_draws_a_point_a_second() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.resize(1280, 900);
    browser.go(&format!("{url}/live"));
    until(|| browser.run(POINTS).as_u64().filter(|count| *count >= 1));
    for burst in [3, 9, 1, 6, 0, 4] {
        let before = browser.run(POINTS).as_u64();
        browser.run(&format!("for (let i = 0; i < {burst}; i++) fetch('/robots.txt?' + Math.random())"));
        until(|| (browser.run(POINTS).as_u64() > before).then_some(()));
    }
    let numbers = browser.run(NUMBERS);
    let numbers = numbers.as_str().expect("a text");
    assert!(
        numbers.starts_with("Requests a second ")
            && numbers.contains(" Open pages like this 1 In the chat 0"),
        "{numbers}"
    );
    let most = "return Math.min(...[...document.querySelector('polyline').points].map(point => point.y))";
    assert!(browser.run(most).as_f64().is_some_and(|top| top < 2.0), "the highest rate is at the top");
    browser.screenshot("live");
    browser.dark();
    browser.screenshot("live-dark");
    browser.resize(390, 844);
    browser.screenshot("live-phone");
    assert_eq!(browser.log(), [""; 0]);
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_live_page_goes_on_where_it_was_when_the_server_comes_back() {
    let (server, url) = site();
    let address = server.local_addrs()[0];
    let browser = Browser::start();
    browser.go(&format!("{url}/live"));
    until(|| browser.run(POINTS).as_u64().filter(|count| *count >= 2));
    browser.run("window.ids = []; events.addEventListener('message', event => ids.push(+event.lastEventId))");
    server.handle().shutdown(std::time::Duration::from_secs(1));
    server.wait();
    until(|| (browser.run(STATE) == "Connecting again").then_some(()));
    let _server = until(|| Server::new().bind(address).ok()).start(Www::new()).expect("started");
    let ids = until(|| {
        Some(browser.run("return ids")).filter(|ids| ids.as_array().is_some_and(|ids| ids.len() >= 2))
    });
    assert_eq!(browser.run(STATE), "Connected");
    let ids: Vec<u64> =
        ids.as_array().expect("a list").iter().filter_map(serde_json::Value::as_u64).collect();
    assert!(ids[0] >= 3 && ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "{ids:?}");
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_live_page_and_the_chat_say_what_they_need_without_a_script() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.scripts(false);
    for (page, text) in [("live", "The lines are drawn by a script."), ("chat", "The chat needs a script")] {
        browser.go(&format!("{url}/{page}"));
        let shown = until(|| {
            browser
                .find("noscript p")
                .first()
                .and_then(|item| browser.text(item))
                .filter(|text| !text.is_empty())
        });
        assert!(shown.starts_with(text), "{shown}");
        browser.screenshot(&format!("{page}-without-script"));
    }
}
