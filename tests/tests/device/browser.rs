//! Loads the site from the board with a browser.

use std::time::{Duration, Instant};

use crate::board::Board;
use crate::webdriver::Browser;

#[test]
#[ignore = "needs QEMU, Chromium and the firmware: tests/run installs and builds them"]
fn a_browser_loads_the_site_from_the_board() {
    let board = Board::boot("ethernet");
    let browser = Browser::start();
    browser.resize(1280, 720);
    browser.go(&board.url("/?firstname=Ada"));
    // The page, its style, its image and its icon are loaded over several connections at once.
    let loaded = "return document.readyState == 'complete' && document.querySelector('img').naturalWidth > 0 \
                 && getComputedStyle(document.querySelector('main')).borderTopWidth == '1px'";
    let start = Instant::now();
    while browser.run(loaded) != true {
        assert!(start.elapsed() < Duration::from_secs(30), "the page does not load");
        std::thread::sleep(Duration::from_millis(50));
    }
    let greeting = browser.find("#greeting").remove(0);
    assert_eq!(browser.text(&greeting).as_deref(), Some("Hello, Ada!"));
    browser.screenshot("device");
}
