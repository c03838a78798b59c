//! The pages in a real browser: the form, pieces that are displayed as they arrive, folders and media.

#[path = "browser/chat.rs"]
mod chat;
#[path = "browser/files.rs"]
mod files;
#[path = "browser/live.rs"]
mod live;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "intermediaries/port.rs"]
mod port;
#[path = "browser/refusal.rs"]
mod refusal;
#[path = "browser/upload.rs"]
mod upload;
#[allow(dead_code, reason = "the test of the device uses the rest")]
mod webdriver;

use std::path::Path;
use std::time::{Duration, Instant};

use bantam_std::{RunningServer, ServeDir, Server};
use bantam_www::Www;
use webdriver::Browser;

/// The timeout of every wait.
const TIMEOUT: Duration = Duration::from_secs(120);

fn site() -> (RunningServer, String) {
    // Some of the tests bind it again: no browser and no other test may get it meanwhile.
    let server = Server::new().bind(port::free()).expect("a free port").start(Www::new()).expect("started");
    let url = format!("http://{}", server.local_addrs()[0]);
    (server, url)
}

/// Polls until there is a value.
fn until<T>(mut poll: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = poll() {
            return answer;
        }
        assert!(start.elapsed() < TIMEOUT, "timeout");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_form_leads_to_the_greeting() {
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
fn a_slow_page_is_displayed_as_it_arrives() {
    let (_server, url) = site();
    let browser = Browser::start();
    // A piece comes a second: again where the machine has held the browser up for longer.
    let is_seen_in_parts = (0..5).any(|round| {
        browser.go(&format!("{url}/sleep?{round}"));
        let mut seen = vec![0];
        until(|| {
            let pieces = format!(
                "return location.search == '?{round}' ? document.querySelectorAll('.piece').length : 0"
            );
            let count = browser.run(&pieces).as_u64().expect("a number");
            if seen.last() != Some(&count) {
                assert!(seen.last() < Some(&count), "{count} after {seen:?}");
                seen.push(count);
                browser.screenshot(&format!("sleep-{count}"));
            }
            (count == 5).then_some(())
        });
        // The browser finds the end of the page.
        until(|| (browser.run("return document.readyState") == "complete").then_some(()));
        seen == [0, 1, 2, 3, 4, 5]
    });
    assert!(is_seen_in_parts, "no time of five");
}

/// The URL standard escapes less than RFC 3986 does.
#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_url_is_taken_as_a_browser_sends_it() {
    let (_server, url) = site();
    let browser = Browser::start();
    browser.go(&format!("{url}/robots.txt?ids[]=1&f={{a|b}}^`\\&share=100%"));
    let query = "return [location.search, document.contentType].join(' ')";
    assert_eq!(browser.run(query), "?ids[]=1&f={a|b}^`\\&share=100% text/plain");
    let statuses = "return Promise.all(['/?ids[]=1&f={a|b}', '/?%', '/a[1]'].map(path => fetch(path).then(r => r.status)))\
        .then(all => all.join(' '))";
    assert_eq!(browser.run(statuses), "200 200 404");
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

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_folder_is_listed_and_its_sound_is_played_in_ranges() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    let root = ServeDir::open(folder.path()).expect("opened").listing(true);
    let server = Server::new().bind("127.0.0.1:0").expect("a free port").start(root).expect("started");
    let url = format!("http://{}/", server.local_addrs()[0]);
    let browser = Browser::start();
    for (device, width, height) in [("desktop", 1280, 800), ("phone", 390, 844)] {
        browser.resize(width, height);
        browser.go(&url);
        until(|| (browser.find("tbody tr").len() == 9).then_some(()));
        browser.screenshot(&format!("listing-{device}"));
    }
    assert_eq!(browser.run("return document.images.length"), 0, "no name became an element");
    browser.dark();
    browser.screenshot("listing-dark");
    filter_a_listing(&browser, &url);
    browser.go(&url);
    until(|| (browser.find("tbody tr").len() == 9).then_some(()));
    let by_size = browser.find("th a").remove(1);
    browser.click(&by_size);
    until(|| browser.find("th[aria-sort=ascending]:nth-child(2)").into_iter().next());
    let inner = browser.find("td.folder a").remove(0);
    browser.click(&inner);
    until(|| (browser.run("return location.pathname") == "/a%20folder/").then_some(()));
    browser.screenshot("listing-inner");

    // A seek to the end needs a range request: the browser has not loaded the whole file.
    browser.resize(640, 300);
    browser.go(&format!("{url}tone.wav"));
    let script = "const m = document.querySelector('video, audio'); \
        return m && m.seekable.length && m.duration > 600 ? m.duration : null";
    until(|| browser.run(script).as_f64());
    browser
        .run("const m = document.querySelector('video, audio'); m.pause(); m.currentTime = m.duration - 5");
    until(|| {
        let there =
            "const m = document.querySelector('video, audio'); return !m.seeking && m.currentTime > 600";
        (browser.run(there) == true).then_some(())
    });
    browser.screenshot("listing-sound");
    let size = "return fetch('/tone.wav', {headers: {Range: 'bytes=100000-100099'}})\
        .then(r => r.arrayBuffer().then(b => `${r.status} ${r.headers.get('Content-Range')} ${b.byteLength}`))";
    let text = browser.run(size);
    assert!(
        text.as_str()
            .is_some_and(|text| text.starts_with("206 bytes 100000-100099/") && text.ends_with(" 100")),
        "{text}"
    );
}

/// Types into the box of a listing, with scripts and without.
fn filter_a_listing(browser: &Browser, url: &str) {
    let rows =
        |browser: &Browser| browser.run("return document.querySelectorAll('tbody tr:not([hidden])').length");
    let text = |browser: &Browser, script: &str| browser.run(script).as_str().unwrap_or_default().to_owned();
    let count = "return document.querySelector('output')?.textContent";
    // The keyboard alone: a tab leads from the heading to the box.
    browser.run("document.querySelector('h1 a').focus()");
    let link = browser.find("h1 a").remove(0);
    browser.type_into(&link, "\u{e004}");
    assert_eq!(browser.run("return document.activeElement.name"), "filter");
    let input = browser.find("input[name=filter]").remove(0);
    browser.type_into(&input, "NOTES");
    until(|| (rows(browser) == 1).then_some(()));
    assert_eq!(text(browser, count), "1 of 9");
    browser.screenshot("listing-filtered-dark");
    assert_eq!(browser.run("return location.search"), "", "nothing is loaded");
    browser.type_into(&input, "\u{e007}");
    until(|| (text(browser, "return location.search").starts_with("?filter=NOTES&sort=name")).then_some(()));
    until(|| (text(browser, count) == "1 of 1").then_some(()));
    // The keyboard is in the box, behind the text.
    let caret =
        "return document.activeElement.name == 'filter' && document.activeElement.selectionStart == 5";
    until(|| (browser.run(caret) == true).then_some(()));
    // Another text than that of the server's filter is asked of the server.
    browser.run(
        "const box = document.querySelector('input[name=filter]'); \
         box.value = 'folder'; box.dispatchEvent(new Event('input'))",
    );
    until(|| text(browser, "return location.search").starts_with("?filter=folder&").then_some(()));
    until(|| (rows(browser) == 1).then_some(()));
    let log = browser.log();
    assert!(log.iter().all(|entry| !entry.contains("Content Security Policy")), "{log:?}");

    browser.scripts(false);
    browser.go(url);
    let input = until(|| browser.find("input[name=filter]").into_iter().next());
    browser.type_into(&input, "folder");
    let button = browser.find("form[role=search] button").remove(0);
    browser.click(&button);
    until(|| {
        let shown = browser.find("tbody tr");
        (shown.len() == 1 && browser.text(&shown[0])?.contains("a folder/")).then_some(())
    });
    browser.scripts(true);
}

/// Creates a folder with unusual names, and a sound file of eleven minutes.
fn fill(root: &Path) {
    std::fs::create_dir_all(root.join("a folder/inside")).expect("made");
    std::fs::create_dir(root.join("pictures")).expect("made");
    let files: [(&str, usize); 6] = [
        ("<img src=x onerror=alert(1)>.txt", 12),
        ("50% & more #1?.txt", 4_321),
        (
            "a name that is so long that it has to be broken somewhere, and on a telephone more than once.md",
            999,
        ),
        ("notes.md", 15_000),
        ("snow ☃ und Übermut.html", 1_200_000),
        ("archive.tar.gz", 48_000_000),
    ];
    for (name, size) in files {
        std::fs::File::create(root.join(name)).and_then(|file| file.set_len(size as u64)).expect("written");
    }
    let (rate, seconds) = (8000_u32, 660);
    let length = rate * seconds;
    let mut sound = Vec::new();
    for part in
        [&b"RIFF"[..], &(36 + length).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes(), &[1, 0, 1, 0]]
    {
        sound.extend(part);
    }
    for part in [&rate.to_le_bytes()[..], &rate.to_le_bytes(), &[1, 0, 8, 0], b"data", &length.to_le_bytes()]
    {
        sound.extend(part);
    }
    sound.extend((0..length).map(|at| if at / 10 % 2 == 0 { 100 } else { 156 }));
    std::fs::write(root.join("tone.wav"), sound).expect("written");
}
