//! Entity tags and modification times (RFC 9110 section 8.8).
//!
//! Invariant: another content has another tag, whatever times it has, and an unchanged file keeps its tag.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bantam_std::{Mode, ServeDir, Server};

use crate::common::{unless_held_up, wait_until};
use crate::{Served, ask_at, put, set_mtime};

/// Beyond what is hashed.
const LARGE: usize = 300 * 1024;
const SIZES: [usize; 3] = [10, 20_000, LARGE];

fn tag(served: &Served, path: &str) -> String {
    served.get(path).field("ETag").expect("a tag").to_owned()
}

/// Returns true if the tag is strong; in a moment it may be where it is not now.
fn is_strong(served: &Served, path: &str) -> bool {
    served.get_once(path).field("ETag").expect("a tag").starts_with('"')
}

/// Replaces a file by one of other bytes, and of the same size and modification time.
fn replace(path: &Path, byte: u8, length: usize, time: SystemTime) {
    let new = path.with_extension("new");
    fs::write(&new, vec![byte; length]).unwrap();
    set_mtime(&new, time);
    fs::rename(new, path).unwrap();
}

#[test]
fn another_content_has_another_tag_though_size_and_time_are_the_same() {
    for seconds in [0, 1, 315_532_800, 1_700_000_000] {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        for length in SIZES {
            let served = Served::new(|root| replace(&root.join("f"), b'a', length, time), |root| root);
            let first = served.get_once("/f").field("ETag").expect("a tag").to_owned();
            replace(&served.path("f"), b'b', length, time);
            let address = served.addresses().next().unwrap();
            let response = ask_at(address, "GET", "/f", &format!("If-None-Match: {first}\r\n"));
            assert_eq!((response.status(), response.body.first()), (200, Some(&b'b')), "{seconds} {length}");
            fs::write(served.path("f"), vec![b'c'; length]).unwrap();
            set_mtime(&served.path("f"), time);
            assert_ne!(served.get_once("/f").field("ETag"), Some(&*first), "written in place");
        }
    }
}

#[test]
fn an_unchanged_file_keeps_its_tag_in_every_server() {
    let fill =
        |root: &Path| SIZES.iter().for_each(|size| put(&root.join(size.to_string()), &vec![b'x'; *size]));
    let served = Served::new(fill, |root| root);
    // A large one has another tag until a second change would show in its times.
    wait_until(|| is_strong(&served, &format!("/{LARGE}")));
    let again = ServeDir::open(served.path("")).unwrap();
    let again = Server::new().mode(Mode::Threads).bind("127.0.0.1:0").unwrap().start(again).unwrap();
    for size in SIZES {
        let path = format!("/{size}");
        let first = tag(&served, &path);
        assert!(first.starts_with('"'), "strong: {first}");
        if size < LARGE {
            // Of a content that is hashed other times are no other tag.
            set_mtime(&served.path(&size.to_string()), SystemTime::now());
        }
        let response = ask_at(again.local_addrs()[0], "GET", &path, &format!("If-None-Match: {first}\r\n"));
        assert_eq!(response.status(), 304, "{size}");
    }
}

#[test]
fn the_copies_of_a_small_file_on_two_machines_have_one_tag() {
    let copies = [1_600_000_000, 1_700_000_000].map(|seconds| {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        Served::new(|root| replace(&root.join("app.js"), b'a', 20_000, time), |root| root)
    });
    assert_eq!(tag(&copies[0], "/app.js"), tag(&copies[1], "/app.js"));
}

#[test]
fn the_tag_of_a_large_file_is_weak_while_it_may_change_unseen_and_then_another() {
    let served = Served::new(|_| {}, |root| root);
    let fresh = unless_held_up(|| {
        let written = Instant::now();
        put(&served.path("f"), &vec![b'a'; LARGE]);
        let fresh = served.get_once("/f").field("ETag").unwrap().to_owned();
        // For two seconds by a clock that may be 10 ms late.
        let is_fresh = written.elapsed() < Duration::from_millis(1_900);
        assert!(!is_fresh || fresh.starts_with("W/\""), "{fresh}");
        is_fresh.then_some(fresh)
    });
    wait_until(|| is_strong(&served, "/f"));
    let settled = tag(&served, "/f");
    assert!(!fresh.contains(&settled), "{fresh} {settled}");
}

#[test]
fn a_time_that_says_nothing_is_not_stated_and_not_compared() {
    let year = Duration::from_secs(365 * 86_400);
    let before = UNIX_EPOCH - Duration::from_secs(86_400);
    for time in [UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(1), before, SystemTime::now() + year] {
        let served = Served::new(|root| replace(&root.join("f"), b'a', 10, time), |root| root);
        let response = served.ask("GET", "/f", "If-Modified-Since: Fri, 31 Dec 2999 23:59:59 GMT\r\n");
        assert_eq!((response.status(), response.field("Last-Modified")), (200, None), "{time:?}");
        assert!(response.field("ETag").is_some_and(|tag| tag.starts_with('"')), "{time:?}");
    }
}

#[test]
fn a_date_names_a_version_only_if_no_other_can_have_had_it() {
    let part = |served: &Served, version: &str| {
        let fields = format!("Range: bytes=2-4\r\nIf-Range: {version}\r\n");
        served.ask("GET", "/f", &fields).status()
    };
    let served = Served::new(|root| fs::write(root.join("f"), b"0123456789").unwrap(), |root| root);
    // Not before the second is over.
    wait_until(|| served.get_once("/f").field("Last-Modified").is_some());
    let response = served.get("/f");
    assert_eq!(part(&served, response.field("Last-Modified").unwrap()), 206);
    assert_eq!(part(&served, response.field("ETag").unwrap()), 206);
    // A copy that keeps the time of its original, as by `cp -p`, `tar` and `rsync`.
    let time = fs::metadata(served.path("f")).unwrap().modified().unwrap();
    wait_until(|| SystemTime::now() > time + Duration::from_millis(1100));
    replace(&served.path("f"), b'x', 10, time);
    let copy = served.get("/f");
    assert_eq!(copy.field("Last-Modified"), response.field("Last-Modified"));
    assert_eq!(part(&served, copy.field("Last-Modified").unwrap()), 200);
    assert_eq!(part(&served, response.field("ETag").unwrap()), 200);
    assert_eq!(part(&served, copy.field("ETag").unwrap()), 206);
}
