//! Pictures of a page, light and dark, on a phone and on a desktop: `target/pictures/NAME-SCHEME-WIDTHxHEIGHT.png`.

use crate::until;
use crate::webdriver::Browser;

/// The sizes of the page in CSS pixels: a phone and a desktop.
const SIZES: [(u32, u32); 2] = [(390, 844), (1280, 800)];

/// Opens a page in each size and each scheme, and writes a picture of it. Returns its background colour in each, the light ones first.
///
/// # Panics
/// If the page is wider than the window.
pub(crate) fn take(browser: &Browser, url: &str, name: &str) -> Vec<String> {
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        for (width, height) in SIZES {
            browser.viewport(width, height);
            browser.go(url);
            until(|| (browser.run("return document.readyState") == "complete").then_some(()));
            let fits = "return document.documentElement.scrollWidth <= innerWidth && innerWidth";
            assert_eq!(browser.run(fits), width, "{name} fits a width of {width}");
            browser.screenshot(&format!("{name}-{scheme}-{width}x{height}"));
            let background = "return getComputedStyle(document.documentElement).backgroundColor";
            backgrounds.push(browser.run(background).as_str().expect("a colour").to_owned());
        }
    }
    backgrounds
}
