//! The form of a listing in a browser, which stores files without a script; and a page of another origin, which stores none.

use bantam_std::files::Uploads;
use bantam_std::{RunningServer, ServeDir, Server};

use crate::until;
use crate::webdriver::Browser;

const NAMES: [&str; 2] = ["<img src=x onerror=alert(1)> \u{20ac} 100%.txt", "large.bin"];

fn start(root: &std::path::Path) -> (RunningServer, String) {
    let site = ServeDir::open(root).expect("opened").listing(true).uploads(Uploads::new().min_free(0));
    let server = Server::new().bind("127.0.0.1:0").expect("a free port").start(site).expect("started");
    let url = format!("http://{}/", server.local_addrs()[0]);
    (server, url)
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn files_of_a_form_are_stored_and_listed_without_a_script() {
    let [root, own] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    std::fs::create_dir(root.path().join("a folder")).expect("made");
    let contents = [b"hello".to_vec(), b"\r\n------WebKitFormBoundary\r".repeat(40_000)];
    for (name, content) in NAMES.iter().zip(&contents) {
        std::fs::write(own.path().join(name), content).expect("written");
    }
    let chosen = NAMES.map(|name| own.path().join(name).display().to_string()).join("\n");
    let (_server, url) = start(root.path());
    let browser = Browser::start();
    browser.scripts(false);
    browser.resize(1280, 800);
    browser.go(&format!("{url}a%20folder/?sort=size"));
    let input = until(|| browser.find("input[type=file]").into_iter().next());
    browser.screenshot("listing-upload");
    browser.type_into(&input, &chosen);
    browser.click(&browser.find("form[method=post] button").remove(0));
    let rows = until(|| Some(browser.find("td.file a")).filter(|rows| rows.len() == 2));
    let mut shown: Vec<_> = rows.iter().filter_map(|row| browser.text(row)).collect();
    shown.sort();
    assert_eq!(shown, NAMES);
    browser.screenshot("listing-uploaded");
    for (name, content) in NAMES.iter().zip(&contents) {
        assert!(
            std::fs::read(root.path().join("a folder").join(name)).expect("stored") == *content,
            "{name}"
        );
    }
    // Again: the files are there, and the page says so.
    browser.type_into(&browser.find("input[type=file]").remove(0), &chosen);
    browser.click(&browser.find("form[method=post] button").remove(0));
    let heading = until(|| {
        browser.find("h1").into_iter().filter_map(|h1| browser.text(&h1)).find(|text| text.contains("409"))
    });
    assert_eq!(heading, "409 Conflict");
}

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn a_page_of_another_origin_stores_nothing() {
    let [root, other] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let (_server, url) = start(root.path());
    let form = format!(
        "<form method=post enctype=multipart/form-data action='{url}'><input type=file name=files><button>Send</button></form>"
    );
    std::fs::write(other.path().join("index.html"), form).expect("written");
    let (_other, page) = start(other.path());
    let browser = Browser::start();
    browser.go(&page);
    let input = until(|| browser.find("input").into_iter().next());
    let fetched = format!(
        "return Promise.all(['PUT', 'POST'].map(method => fetch('{url}', {{ method, mode: 'no-cors', body: new FormData() }})\
         .then(answer => answer.type, () => 'refused'))).then(all => all.join(' '))"
    );
    // A script cannot send PUT without asking, nor read the answer to POST.
    assert_eq!(browser.run(&fetched), "refused opaque");
    browser.type_into(&input, &other.path().join("index.html").display().to_string());
    browser.click(&browser.find("form[method=post] button").remove(0));
    let heading = until(|| {
        browser.find("h1").into_iter().filter_map(|h1| browser.text(&h1)).find(|text| text.contains("403"))
    });
    assert_eq!(heading, "403 Forbidden");
    assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), 0);
}
