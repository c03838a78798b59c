//! Loads the site from the board with a browser.

use std::time::{Duration, Instant};

use crate::board::{Board, TCP_IMAGES};
use crate::webdriver::Browser;

#[test]
#[ignore = "needs QEMU, Chromium and the firmware: tests/run installs and builds them"]
fn a_browser_loads_the_site_from_the_board() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let browser = Browser::start();
        browser.resize(1280, 720);
        browser.go(&board.url("/?firstname=Ada"));
        // The page, its style, its image and its icon are loaded over several connections at once.
        let loaded = "return document.readyState == 'complete' && document.querySelector('img').naturalWidth > 0 \
                 && getComputedStyle(document.querySelector('main')).borderTopWidth == '1px'";
        let start = Instant::now();
        while browser.run(loaded) != true {
            assert!(start.elapsed() < Duration::from_secs(120), "the page does not load");
            std::thread::sleep(Duration::from_millis(50));
        }
        let greeting = browser.find("#greeting").remove(0);
        assert_eq!(browser.text(&greeting).as_deref(), Some("Hello, Ada!"));
        browser.screenshot("device");
    }
}

#[test]
#[ignore = "needs QEMU, Chromium and the firmware: tests/run installs and builds them"]
fn a_browser_loads_a_page_with_six_subresources_from_two_workers_of_embassy() {
    let board = Board::boot("embassy_two");
    let browser = Browser::start();
    for round in 0..5 {
        let start = Instant::now();
        browser.go(&board.url(&format!("/six?{round}")));
        let loaded = format!(
            "return location.search == '?{round}' && document.readyState == 'complete' \
             && document.styleSheets.length == 1 && document.images.length == 5 \
             && Array.from(document.images).every(image => image.naturalWidth > 0)"
        );
        while browser.run(&loaded) != true {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "{round}: the page does not load: {:?}",
                browser.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("a page with six subresources in {:?}", start.elapsed());
    }
    assert_eq!(browser.log(), [""; 0]);
}
