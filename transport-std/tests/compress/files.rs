//! Files that `ServeDir` compresses.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use bantam_std::{Compress, Mode, RunningServer, ServeDir, Server};
use tempfile::TempDir;

use crate::common::{long_deadlines, send, unless_held_up, wait_until};
use crate::{CODINGS, Response, ask, get, noise, text};

/// So long the version of a file is not certain: two seconds, by a clock that may be 10 ms late.
const YOUNG: Duration = Duration::from_millis(1_900);

struct Served {
    dir: TempDir,
    compress: Compress,
    address: SocketAddr,
    _server: RunningServer,
}

impl Served {
    fn new(mode: Mode, compress: Compress, adapt: impl FnOnce(ServeDir) -> ServeDir) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let site = adapt(ServeDir::open(dir.path()).unwrap().compress(&compress));
        let server = Server::new().mode(mode).deadlines(long_deadlines()).bind("127.0.0.1:0").unwrap();
        let server = server.start(site).unwrap();
        Self { dir, compress, address: server.local_addrs()[0], _server: server }
    }

    fn put(&self, name: &str, content: &[u8]) {
        put(&self.dir.path().join(name), content);
    }

    fn get(&self, path: &str, coding: &str) -> Response {
        get(self.address, path, coding)
    }

    fn ask(&self, method: &str, path: &str, fields: &str) -> Response {
        ask(self.address, method, path, fields)
    }

    /// Waits until the version of a file is certain, so that it is kept.
    fn wait_until_settled(&self, name: &str) {
        use std::os::unix::fs::MetadataExt as _;
        let changed = fs::metadata(self.dir.path().join(name)).unwrap().ctime();
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
        wait_until(|| now() > changed + 3);
    }

    fn wait_until_idle(&self) {
        wait_until(|| self.compress.in_use() == 0);
    }
}

/// Writes a file that is an hour old, so that it has a `Last-Modified`.
fn put(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    let then = SystemTime::now() - Duration::from_secs(3600);
    File::options().append(true).open(path).and_then(|file| file.set_modified(then)).unwrap();
}

in_every_mode! {
fn every_coding_decodes_to_the_file(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    for length in [1024, 1025, 16_384, 32_768, 65_536, 100_001, 512 * 1024, 512 * 1024 + 1, 3_000_000] {
        let content = text(length);
        served.put("a.txt", &content);
        for coding in CODINGS {
            let response = served.get("/a.txt", coding);
            assert_eq!((response.status(), response.coding()), (200, Some(coding)), "{length}");
            assert!(response.content() == content, "{coding} {length}");
            assert!(response.body.len() < length * 2 / 3, "{coding} {length}: {}", response.body.len());
            assert_eq!(response.field("Content-Length").is_some(), length <= 512 * 1024, "{coding} {length}");
            assert_eq!(response.field("Content-Type"), Some("text/plain; charset=utf-8"));
            assert_eq!(response.field("Vary"), Some("Accept-Encoding"));
            assert_eq!(response.field("Accept-Ranges"), None);
        }
        let plain = served.ask("GET", "/a.txt", "");
        assert!(plain.coding().is_none() && plain.body == content);
        assert_eq!((plain.field("Vary"), plain.field("Accept-Ranges")), (Some("Accept-Encoding"), Some("bytes")));
    }
    served.wait_until_idle();
}

fn the_coding_of_the_highest_quality_is_sent(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    served.put("a.json", &text(5000));
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip, zstd", Some("zstd")),
        ("br;q=0.1, gzip;q=0.9", Some("gzip")),
        ("*", Some("br")),
        ("br;q=0, *", Some("zstd")),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0", None),
        ("deflate", None),
        ("", None),
    ] {
        let response = served.get("/a.json", accepted);
        assert_eq!(response.coding(), coding, "{accepted}");
        assert_eq!(response.content(), text(5000));
    }
}

fn what_is_short_or_compressed_already_is_sent_as_it_is(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    served.put("short.txt", &text(1023));
    for name in ["a.png", "a.zip", "a.woff2", "a.bin", "plain", "a.mp4", "b.gz"] {
        served.put(name, &text(5000));
    }
    served.put("noise.txt", &noise(50_000));
    served.put("drawing.svgz", &[&[0x1f, 0x8b, 8, 0][..], &noise(5000)].concat());
    for name in ["short.txt", "a.png", "a.zip", "a.woff2", "a.bin", "plain", "a.mp4", "b.gz", "noise.txt"] {
        let response = served.get(&format!("/{name}"), "gzip, br, zstd");
        assert_eq!((response.status(), response.coding()), (200, None), "{name}");
        assert!(response.body == fs::read(served.dir.path().join(name)).unwrap(), "{name}");
        assert_eq!(response.field("Vary"), Some("Accept-Encoding"), "{name}");
        assert!(response.field("ETag").unwrap().starts_with('"'), "{name}");
    }
    let drawing = served.get("/drawing.svgz", "br, gzip");
    assert_eq!((drawing.coding(), drawing.body.len()), (Some("gzip"), 5004));
    for name in ["a.svg", "a.wasm", "a.json", "a.html", "a.js", "a.xml", "a.ttf"] {
        served.put(name, &text(5000));
        assert_eq!(served.get(&format!("/{name}"), "gzip").coding(), Some("gzip"), "{name}");
    }
}

fn a_precompressed_file_is_sent_instead(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    served.put("a.js", &text(5000));
    served.put("a.js.gz", b"in gzip");
    assert_eq!(served.get("/a.js", "gzip, br, zstd").body, b"in gzip");
    let other = served.get("/a.js", "br");
    assert_eq!((other.coding(), other.content()), (Some("br"), text(5000)));
}

fn a_file_that_may_not_be_transformed_is_sent_as_it_is(mode) {
    let served = Served::new(mode, Compress::new(), |root| root.cache_control("max-age=5, No-Transform").unwrap());
    served.put("a.txt", &text(5000));
    let response = served.get("/a.txt", "gzip");
    assert_eq!((response.coding(), response.content()), (None, text(5000)));
}

fn a_range_is_of_the_file_as_it_is(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    served.put("a.txt", &text(5000));
    let coded = served.get("/a.txt", "gzip");
    let accept = "Accept-Encoding: gzip\r\n";
    let part = served.ask("GET", "/a.txt", &format!("{accept}Range: bytes=10-19\r\n"));
    assert_eq!((part.status(), part.coding(), &part.body[..]), (206, None, &text(20)[10..]));
    assert_eq!(part.field("Vary"), Some("Accept-Encoding"));
    let strong = part.field("ETag").unwrap();
    assert!(strong.starts_with('"') && coded.field("ETag").unwrap().starts_with("W/"), "{strong}");
    let if_range = |version: &str| {
        served.ask("GET", "/a.txt", &format!("{accept}Range: bytes=10-19\r\nIf-Range: {version}\r\n"))
    };
    assert_eq!(if_range(strong).status(), 206);
    // A client may have a part of the compressed file with these.
    for version in [coded.field("ETag").unwrap(), coded.field("Last-Modified").unwrap()] {
        let whole = if_range(version);
        assert_eq!((whole.status(), whole.coding(), whole.body.len()), (200, None, 5000), "{version}");
    }
    let other_unit = served.ask("GET", "/a.txt", &format!("{accept}Range: lines=1-2\r\n"));
    assert_eq!((other_unit.status(), other_unit.coding()), (200, None));
}

fn a_weak_tag_of_each_coding_is_for_if_none_match_alone(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    served.put("a.txt", &text(5000));
    served.put("large.txt", &text(600_000));
    // The tag of a long file is weak before its version is certain, and then another.
    let young = served.ask("GET", "/large.txt", "").field("ETag").unwrap().to_owned();
    served.wait_until_settled("large.txt");
    let weak = format!("If-Match: W/{}\r\n", young.trim_start_matches("W/"));
    assert_eq!(served.ask("GET", "/large.txt", &weak).status(), 412);
    for path in ["/a.txt", "/large.txt"] {
        let plain = served.ask("GET", path, "");
        let strong = plain.field("ETag").unwrap();
        let mut tags = vec![strong.to_owned()];
        for coding in CODINGS {
            let coded = served.get(path, coding);
            let tag = coded.field("ETag").unwrap().to_owned();
            assert!(tag.starts_with("W/\"") && tag.ends_with(&format!("-{coding}\"")), "{tag}");
            let condition = |field: &str, tag: &str| {
                served.ask("GET", path, &format!("Accept-Encoding: {coding}\r\n{field}: {tag}\r\n"))
            };
            let unchanged = condition("If-None-Match", &tag);
            assert_eq!(unchanged.status(), 304);
            for name in ["ETag", "Vary", "Cache-Control", "Last-Modified"] {
                assert_eq!(unchanged.field(name), coded.field(name), "{name}");
            }
            // A client that got the file as it is while there was no compressor for it.
            assert_eq!(condition("If-None-Match", strong).field("ETag"), Some(strong));
            assert_eq!(condition("If-None-Match", "\"x\"").status(), 200);
            assert_eq!(condition("If-Match", &tag).status(), 412);
            assert_eq!(condition("If-Match", strong).status(), 200);
            let since = coded.field("Last-Modified").unwrap().to_owned();
            let unchanged = condition("If-Modified-Since", &since);
            assert_eq!((unchanged.status(), unchanged.field("ETag")), (304, Some(&*tag)));
            assert_eq!(condition("If-Unmodified-Since", "Mon, 01 Jan 1990 00:00:00 GMT").status(), 412);
            tags.push(tag);
        }
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 4, "{tags:?}");
    }
}

fn a_head_is_that_of_the_get(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    for length in [1023, 1024, 100_000, 600_000] {
        let content = text(length);
        for coding in CODINGS {
            let fields = format!("Accept-Encoding: {coding}\r\n");
            let ranged = format!("{fields}Range: bytes=0-1\r\n");
            unless_held_up(|| {
                let written = Instant::now();
                ["a.txt", "b.txt"].into_iter().for_each(|name| served.put(name, &content));
                // The first compresses; the second, of another file, is a GET first.
                let [head, full] = ["HEAD", "GET"].map(|method| served.ask(method, "/a.txt", &fields).undated());
                let [other_full, other] = ["GET", "HEAD"].map(|method| served.ask(method, "/b.txt", &fields).undated());
                let other_ranged = served.ask("HEAD", "/b.txt", &ranged).undated();
                // A long file has another tag, and a length, when its version is certain.
                let is_same = length < 600_000 || written.elapsed() < YOUNG;
                if is_same {
                    assert_eq!(head, full);
                    assert_eq!([&other, &other_ranged], [&other_full; 2]);
                }
                is_same.then_some(())
            });
        }
    }
    served.wait_until_idle();
}

#[cfg(unix)]
fn a_file_that_has_changed_is_compressed_anew(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    served.put("b.txt", &text(10_000));
    let young = unless_held_up(|| {
        let written = Instant::now();
        served.put("a.txt", &text(600_000));
        let young = served.get("/a.txt", "gzip");
        let again = served.get("/a.txt", "gzip");
        // Nothing is kept of a version that is not certain.
        let is_young = written.elapsed() < YOUNG;
        assert!(!is_young || again.field("Content-Length").is_none(), "{}", again.head);
        is_young.then_some(young)
    });
    served.wait_until_settled("a.txt");
    assert!(served.get("/a.txt", "gzip").body == young.body);
    served.wait_until_idle();
    // From the cache: its length is known.
    let kept = served.get("/a.txt", "gzip");
    assert_eq!(kept.field("Content-Length"), Some(&*young.body.len().to_string()));
    assert!(kept.body == young.body && kept.coding() == Some("gzip") && kept.content() == text(600_000));
    let tag = served.get("/b.txt", "gzip").field("ETag").unwrap().to_owned();
    for name in ["a.txt", "b.txt"] {
        let old = fs::read(served.dir.path().join(name)).unwrap();
        let new: Vec<u8> = old.iter().rev().copied().collect();
        served.put(name, &new);
        let response = served.get(&format!("/{name}"), "gzip");
        assert!(response.content() == new, "{name}");
        assert_ne!(response.field("ETag"), Some(&*tag));
    }
}

#[cfg(unix)]
fn the_cache_has_no_more_bytes_than_its_bound(mode) {
    let content = text(600_000);
    for (size, is_kept) in [(0, false), (100_000, false), (4_000_000, true)] {
        let served = Served::new(mode, Compress::new().cache_size(size), |root| root);
        served.put("a.txt", &content);
        served.wait_until_settled("a.txt");
        for _ in 0..2 {
            assert!(served.get("/a.txt", "gzip").content() == content);
            served.wait_until_idle();
        }
        assert_eq!(served.get("/a.txt", "gzip").field("Content-Length").is_some(), is_kept, "{size}");
        served.put("short.txt", &content[..5000]);
        assert_eq!(served.get("/short.txt", "gzip").content(), &content[..5000]);
    }
}

fn a_client_that_does_not_read_holds_a_compressor_until_it_is_gone(mode) {
    // For one of gzip.
    let served = Served::new(mode, Compress::new().memory_limit(400 << 10).cache_size(0), |root| root);
    served.put("huge.txt", &noise(24_000_000));
    served.put("a.txt", &text(5000));
    let mut slow = send(served.address, b"GET /huge.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    slow.read_exact(&mut [0; 12]).unwrap();
    assert_eq!(served.compress.in_use(), 1);
    let response = served.get("/a.txt", "gzip");
    assert_eq!((response.status(), response.coding(), response.content()), (200, None, text(5000)));
    assert!(response.head.contains("ETag: \""), "{}", response.head);
    assert_eq!(served.ask("HEAD", "/a.txt", "Accept-Encoding: gzip\r\n").coding(), None);
    drop(slow);
    served.wait_until_idle();
    assert_eq!(served.get("/a.txt", "gzip").coding(), Some("gzip"));
    assert_eq!(served.get("/a.txt", "br").coding(), None, "there is never memory for one of br");
}

fn clients_of_one_file_share_what_is_compressed(mode) {
    let served = Served::new(mode, Compress::new(), |root| root);
    let content = text(400_000);
    served.put("a.txt", &content);
    let clients: Vec<_> = (0..16).map(|_| {
        let address = served.address;
        std::thread::spawn(move || get(address, "/a.txt", "br, gzip"))
    }).collect();
    for client in clients {
        assert!(client.join().unwrap().content() == content);
    }
    served.wait_until_idle();
}

fn a_file_that_shrinks_is_cut_off_and_never_completed(mode) {
    let served = Served::new(mode, Compress::new().cache_size(0), |root| root);
    served.put("huge.txt", &noise(24_000_000));
    let mut slow = send(served.address, b"GET /huge.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: zstd\r\n\r\n");
    slow.read_exact(&mut [0; 12]).unwrap();
    File::options().write(true).open(served.dir.path().join("huge.txt")).unwrap().set_len(10).unwrap();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"), "it looks complete");
    served.wait_until_idle();
}
}
