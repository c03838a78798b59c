//! The upload page in a browser: with its script and without, in light and dark, and with names that are markup.

use std::path::Path;

use crate::webdriver::{Browser, Element};
use crate::{site, until};

const TRICKY: &str = "<img src=x onerror=alert(1)> 100%22.txt";

/// Two files: one with the name of markup, and one that looks like boundaries.
fn files(folder: &Path) -> String {
    std::fs::write(folder.join(TRICKY), "hello").expect("written");
    std::fs::write(folder.join("large.bin"), b"\r\n------WebKitFormBoundary\r".repeat(40_000))
        .expect("written");
    format!("{}\n{}", folder.join(TRICKY).display(), folder.join("large.bin").display())
}

/// What the page shows of each part, once both are visible.
fn shown(browser: &Browser) -> Option<Vec<String>> {
    let parts = browser.find("#results .piece");
    let parts: Vec<_> = parts.iter().filter_map(|part| browser.text(part)).collect();
    (parts.len() == 2 && parts.iter().all(|part| !part.is_empty())).then_some(parts)
}

fn one(browser: &Browser, selector: &str) -> Element {
    until(|| browser.find(selector).into_iter().next())
}

const EXPECTED: [&str; 2] = [
    "files <img src=x onerror=alert(1)> 100%22.txt\n5 bytes\n\
     2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "files large.bin\n1080000 bytes\n",
];

fn check(shown: &[String], browser: &Browser) {
    // The browser cannot say that a name has `%22` in it.
    assert_eq!(shown[0].replace("100\".txt", "100%22.txt"), EXPECTED[0]);
    assert!(shown[1].starts_with(EXPECTED[1]) && shown[1].len() == EXPECTED[1].len() + 64, "{}", shown[1]);
    assert_eq!(browser.run("return document.images.length"), 0, "no name became an element");
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn files_are_uploaded_with_progress_and_listed_in_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, (_server, url)) = (files(folder.path()), site());
    let browser = Browser::start();
    browser.resize(1280, 900);
    browser.go(&format!("{url}/upload"));
    browser.type_into(&one(&browser, "#files"), &files);
    browser.screenshot("upload-form");
    // It takes 20 seconds, which is longer than the machine holds this test up.
    browser.limit_upload(50_000);
    browser.click(&one(&browser, "button"));
    let value = "const p = document.querySelector('progress'); return p.hidden ? 0 : p.value / p.max";
    let part = until(|| browser.run(value).as_f64().filter(|part| *part > 0.02));
    assert!(part < 1.0, "{part}");
    browser.screenshot("upload-progress");
    browser.limit_upload(0);
    let parts = until(|| shown(&browser));
    check(&parts, &browser);
    assert_eq!(browser.run("return document.querySelector('progress').hidden"), true);
    assert_eq!(browser.run("return document.querySelectorAll('form').length"), 1, "the page is still there");
    browser.screenshot("upload-results");
    browser.dark();
    browser.screenshot("upload-results-dark");
    browser.resize(390, 844);
    browser.screenshot("upload-results-phone");
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn files_are_uploaded_without_a_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, (_server, url)) = (files(folder.path()), site());
    let browser = Browser::start();
    browser.scripts(false);
    browser.go(&format!("{url}/upload"));
    browser.type_into(&one(&browser, "#files"), &files);
    browser.click(&one(&browser, "button"));
    let parts = until(|| shown(&browser));
    check(&parts, &browser);
    assert_eq!(browser.run("return document.querySelectorAll('form').length"), 0, "this is another page");
    browser.screenshot("upload-without-script");
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_form_that_a_script_makes_arrives_as_it_was() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.go(&format!("{url}/upload"));
    one(&browser, "button");
    let script = "const form = new FormData(); \
        form.append('a\"\\r\\nb', 'text'); \
        form.append('file', new Blob([new Uint8Array(300000)]), 'zeros \\u00fc\".bin'); \
        return fetch('/upload', {method: 'POST', body: form}).then(r => r.text()).then(text => \
        [...new DOMParser().parseFromString(text, 'text/html').querySelectorAll('.piece')].map(p => p.textContent).join('|'))";
    let zeros = "886715e4051e827f4fe215df3053af3f85ad0d352db2c829c7487af6d78efe30";
    let answer = browser.run(script);
    let answer = answer.as_str().expect("a text");
    let text = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1";
    // The parser of HTML turns CR LF into LF.
    let [first, second] = answer.split('|').collect::<Vec<_>>()[..] else { panic!("{answer}") };
    assert_eq!(first, format!("a\"\nb 4 bytes{text}"));
    assert_eq!(second, format!("file zeros \u{fc}\".bin300000 bytes{zeros}"));
}
