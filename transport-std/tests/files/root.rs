//! The root: a path that names one directory and then another.
//!
//! Invariant: a request is answered from the directory that the path names, whatever it named before.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Served, put};

/// Serves `current`, a link to the first of two releases, and fills both.
fn releases() -> Served {
    let home = tempfile::tempdir().unwrap();
    for release in ["one", "two"] {
        let dir = home.path().join(release);
        fs::create_dir_all(dir.join("sub")).unwrap();
        put(&dir.join("index.html"), release.as_bytes());
        put(&dir.join("app.js"), release.as_bytes());
        put(&dir.join("app.js.gz"), format!("{release} in gzip").as_bytes());
        put(&dir.join("sub").join(release), b"x");
    }
    let current = home.path().join("current");
    symlink("one", &current).unwrap();
    Served::of(home, &current, |_| {}, |root| root.listing(true).spa("index.html").expect("a file"))
}

/// Makes a link to another release in one step.
fn switch(served: &Served, release: &str) {
    switch_in(served.home.path(), release);
}

fn switch_in(home: &Path, release: &str) {
    symlink(release, home.join("next")).unwrap();
    fs::rename(home.join("next"), home.join("current")).unwrap();
}

#[test]
fn a_link_to_another_release_is_followed_by_the_next_request() {
    let served = releases();
    for release in ["one", "two", "one"] {
        switch(&served, release);
        assert_eq!(served.get("/app.js").text(), release);
        assert_eq!(served.get("/").text(), release, "the index");
        let coded = served.ask("GET", "/app.js", "Accept-Encoding: gzip\r\n").text();
        assert_eq!(coded, format!("{release} in gzip"));
        assert_eq!(served.ask("GET", "/a/route", "Accept: text/html\r\n").text(), release, "the fallback");
        assert!(served.get("/sub/").text().contains(&format!("./{release}\"")), "the listing");
    }
}

#[test]
fn while_the_link_is_switched_every_response_is_whole_and_of_one_release() {
    let served = releases();
    let (home, done) = (served.home.path(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                ["two", "one"].iter().for_each(|release| switch_in(home, release));
            }
        });
        let _end = SetOnDrop(&done);
        for address in served.addresses() {
            for number in 0..200 {
                let (path, fields, coding) = match number % 3 {
                    0 => ("/", "", ""),
                    1 => ("/app.js", "", ""),
                    _ => ("/app.js", "Accept-Encoding: gzip\r\n", " in gzip"),
                };
                let response = crate::ask_at(address, "GET", path, fields);
                let texts = ["one", "two"].map(|release| format!("{release}{coding}"));
                assert!(response.status() == 200 && texts.contains(&response.text()), "{response:?}");
            }
        }
    });
}

/// Ends the other thread, also when an assertion fails.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn the_same_path_in_another_release_has_another_tag() {
    let served = releases();
    let tag = served.get("/app.js").field("ETag").unwrap().to_owned();
    switch(&served, "two");
    let response = served.ask("GET", "/app.js", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((response.status(), &*response.text()), (200, "two"));
}

#[test]
fn a_root_that_is_missing_is_503_until_it_is_back() {
    let served = Served::new(|root| put(&root.join("a"), b"before"), |root| root);
    let root = served.path("");
    for after in ["after", "later"] {
        fs::remove_dir_all(&root).unwrap();
        let response = served.get("/a");
        assert_eq!((response.status(), response.field("Retry-After")), (503, Some("1")));
        fs::create_dir(&root).unwrap();
        assert_eq!(served.get("/a").status(), 404);
        put(&root.join("a"), after.as_bytes());
        assert_eq!(served.get("/a").text(), after);
    }
    fs::remove_dir_all(&root).unwrap();
    put(Path::new(&root.to_str().unwrap().trim_end_matches('/')), b"a file");
    assert_eq!(served.get("/a").status(), 503, "a file is no root");
}

#[test]
fn a_file_that_is_being_sent_stays_the_one_of_its_release() {
    let served = releases();
    let length = 8 << 20;
    fs::write(served.home.path().join("one/large"), vec![b'1'; length]).unwrap();
    fs::write(served.home.path().join("two/large"), vec![b'2'; length]).unwrap();
    for address in served.addresses() {
        switch(&served, "one");
        let mut client = crate::common::connect(address);
        crate::request(&mut client, "/large");
        crate::head(&mut client);
        switch(&served, "two");
        let mut body = vec![0; length];
        std::io::Read::read_exact(&mut client, &mut body).unwrap();
        assert!(body.iter().all(|byte| *byte == b'1'));
    }
}
