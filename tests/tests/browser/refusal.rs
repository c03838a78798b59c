//! The core's page for what it refuses, in a real browser.

use bantam_tests::memory::{WHOLE, serve_bytes};
use bantam_tests::pages::Pages;

use crate::webdriver::Browser;
use crate::{pictures, site};

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_refusal_fits_the_window_and_the_scheme() {
    let (_server, url) = site();
    let browser = Browser::start();
    let backgrounds = pictures::take(&browser, &format!("{url}/nothing"), "refusal");
    assert!(backgrounds[0] == backgrounds[1] && backgrounds[0] != backgrounds[2], "{backgrounds:?}");
    let shown = "return [document.title, document.querySelector('h1').innerText, document.querySelector('p').innerText, \
        document.contentType, document.documentElement.lang].join('|')";
    assert_eq!(browser.run(shown), "404 Not Found|404 Not Found|There is no such page.|text/html|en");

    // The form of a device.
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = serve_bytes::<_, 512, 420>(&Pages, b"GET /nothing HTTP/1.0\r\n\r\n", WHOLE, None);
    let text = String::from_utf8(bytes).expect("text");
    let (_, page) = text.split_once("\r\n\r\n").expect("a head");
    assert!(!page.contains("light-dark"), "{page}");
    std::fs::write(folder.path().join("page.html"), page).expect("written");
    pictures::take(&browser, &format!("file://{}/page.html", folder.path().display()), "refusal-device");
    assert_eq!(browser.run("return document.title"), "404 Not Found");
}
