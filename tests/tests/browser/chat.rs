//! The chat in a browser: two tabs talk with each other, names are text, and a tab connects again.

use bantam_std::Server;
use bantam_www::Www;

use crate::webdriver::Browser;
use crate::{site, until};

const MESSAGES: &str = "return [...document.querySelectorAll('ol li')].map(item => item.innerText).join('|')";

fn is_connected(browser: &Browser) -> Option<()> {
    (browser.run("return document.querySelector('button')?.disabled") == false).then_some(())
}

fn say(browser: &Browser, name: &str, text: &str) {
    if !name.is_empty() {
        browser.type_into(&browser.find("#name")[0], name);
    }
    browser.type_into(&browser.find("#text")[0], text);
    browser.click(&browser.find("button")[0]);
}

/// Waits until the tab shows these messages.
fn shows(browser: &Browser, expected: &str) {
    until(|| (browser.run(MESSAGES) == expected).then_some(()));
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn two_tabs_chat_with_each_other() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.resize(1280, 900);
    let tabs = [browser.open_tab(), browser.open_tab()];
    for tab in &tabs {
        browser.switch(tab);
        browser.go(&format!("{url}/chat"));
        until(|| is_connected(&browser));
    }
    browser.screenshot("chat-empty");
    browser.switch(&tabs[0]);
    say(&browser, "Ada", "Hello, is anyone there?");
    browser.switch(&tabs[1]);
    shows(&browser, "AdaHello, is anyone there?");
    say(&browser, "<img src=x>", "Yes! <b onclick=alert(1)>&amp;</b> \u{2603}");
    browser.switch(&tabs[0]);
    let both = "AdaHello, is anyone there?|<img src=x>Yes! <b onclick=alert(1)>&amp;</b> \u{2603}";
    shows(&browser, both);
    say(&browser, "", "Markup is text here.");
    for tab in &tabs {
        browser.switch(tab);
        shows(&browser, &format!("{both}|AdaMarkup is text here."));
        assert_eq!(
            browser.run("return document.images.length + document.querySelectorAll('[onclick]').length"),
            0
        );
    }
    say(&browser, "", &"long ".repeat(30));
    let state = "return document.querySelector('#state').textContent";
    assert_eq!(browser.run(state), "The message is too long: 125 bytes with the name are the limit.");
    browser.screenshot("chat");
    browser.dark();
    browser.screenshot("chat-dark");
    browser.resize(390, 844);
    browser.screenshot("chat-phone");
    assert_eq!(browser.log(), [""; 0]);
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_tab_connects_again_when_the_server_comes_back() {
    let (server, url) = site();
    let address = server.local_addrs()[0];
    let browser = Browser::start();
    browser.go(&format!("{url}/chat"));
    until(|| is_connected(&browser));
    say(&browser, "Ada", "before");
    shows(&browser, "Adabefore");
    server.handle().shutdown(std::time::Duration::from_secs(1));
    server.wait();
    until(|| (browser.run("return document.querySelector('button').disabled") == true).then_some(()));
    let _server = until(|| Server::new().bind(address).ok()).start(Www::new()).expect("started");
    until(|| is_connected(&browser));
    say(&browser, "", "after");
    shows(&browser, "Adaafter");
}
