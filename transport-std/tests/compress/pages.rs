//! Pages below the layer.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use bantam::layers::{CacheControl, CacheRule};
use bantam::{Fields, Layer, Site};
use bantam_std::{Compress, Mode, RunningServer, Server};

use crate::common::{Latch, TIMEOUT, connect, latch, long_deadlines, read_to_close, send, wait_until};
use crate::site::Pages;
use crate::{CODINGS, Response, ask, decode, get, text};

struct Served {
    compress: Compress,
    latch: &'static Latch,
    address: SocketAddr,
    _server: RunningServer,
}

impl Served {
    fn new(mode: Mode) -> Self {
        let compress = Compress::new();
        let latch = latch();
        Self::of(mode, compress.clone(), latch, Pages(latch).layer(compress))
    }

    fn of(
        mode: Mode,
        compress: Compress,
        latch: &'static Latch,
        site: impl Site + Send + Sync + 'static,
    ) -> Self {
        let server = Server::new().mode(mode).deadlines(long_deadlines()).bind("127.0.0.1:0").unwrap();
        let server = server.start(site).unwrap();
        Self { compress, latch, address: server.local_addrs()[0], _server: server }
    }

    fn get(&self, path: &str, coding: &str) -> Response {
        get(self.address, path, coding)
    }

    fn ask(&self, method: &str, path: &str, fields: &str) -> Response {
        ask(self.address, method, path, fields)
    }

    fn wait_until_idle(&self) {
        wait_until(|| self.compress.in_use() == 0);
    }
}

in_every_mode! {
fn every_page_decodes_to_what_it_sends(mode) {
    let served = Served::new(mode);
    for path in ["/body", "/length", "/stream", "/text", "/fill"] {
        for length in [0, 1, 1023, 1024, 5000, 16_384, 16_385, 100_000] {
            for (coding, size) in CODINGS.iter().zip([1, 1000, 16_385]) {
                let size = if length > 5000 { size.max(7) } else { size };
                let target = format!("{path}?n={length}&size={size}");
                let response = served.get(&target, coding);
                let is_coded = length >= 1024;
                assert_eq!((response.status(), response.coding()), (200, is_coded.then_some(*coding)), "{target}");
                assert!(response.content() == text(length), "{target} in {coding}");
                assert_eq!(response.field("Vary"), Some("Accept-Encoding"), "{target}");
                // What fits the response buffer states its length.
                assert!(response.body.len() > 7000 || response.field("Content-Length").is_some(), "{target}");
                // To HEAD nothing that is sent is a body that is skipped.
                if length > 0 {
                    let head = served.ask("HEAD", &target, &format!("Accept-Encoding: {coding}\r\n"));
                    assert_eq!(head.undated(), response.undated(), "{target}");
                }
            }
        }
    }
    served.wait_until_idle();
}

fn a_megabyte_is_compressed_as_it_is_sent(mode) {
    let served = Served::new(mode);
    for path in ["/body?n=1000000", "/stream?n=1000000&size=50000", "/fill?n=1000000&size=100000"] {
        for coding in CODINGS {
            assert!(served.get(path, coding).content() == text(1_000_000), "{path} {coding}");
        }
    }
}

fn the_coding_that_takes_least_time_is_sent_unless_the_client_prefers_another(mode) {
    let served = Served::new(mode);
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, br", Some("gzip")),
        ("gzip;q=0.5, br", Some("br")),
        ("identity, gzip;q=0.5", None),
        ("deflate", None),
        ("", None),
    ] {
        let response = served.get("/body", accepted);
        assert_eq!((response.coding(), response.content()), (coding, text(5000)), "{accepted}");
        assert_eq!(response.field("Vary"), Some("Accept-Encoding"), "{accepted}");
    }
    assert_eq!(served.ask("GET", "/body", "").coding(), None);
}

fn a_head_without_a_body_is_that_of_a_stream(mode) {
    let served = Served::new(mode);
    for path in ["/skip", "/skip?stream=1"] {
        let fields = "Accept-Encoding: gzip\r\n";
        let (head, full) = (served.ask("HEAD", path, fields), served.ask("GET", path, fields));
        assert_eq!((head.coding(), full.coding()), (Some("gzip"), Some("gzip")));
        assert_eq!((head.field("Content-Length"), full.content()), (None, text(5000)), "{}", head.head);
    }
    assert_eq!(served.ask("HEAD", "/skip?n=1000", "Accept-Encoding: gzip\r\n").field("Content-Length"), Some("1000"));
}

fn a_tag_becomes_weak_and_is_matched_all_the_same(mode) {
    let served = Served::new(mode);
    let fields = |more: &str| format!("Accept-Encoding: gzip\r\n{more}");
    let coded = served.ask("GET", "/etag", &fields(""));
    assert_eq!((coded.coding(), coded.field("ETag")), (Some("gzip"), Some("W/\"v1\"")));
    assert_eq!(coded.field("Vary"), Some("Accept, Accept-Encoding"));
    let plain = served.ask("GET", "/etag", "");
    assert_eq!((plain.field("ETag"), plain.field("Vary")), (Some("\"v1\""), Some("Accept, Accept-Encoding")));
    for (tags, expected) in [("W/\"v1\"", "W/\"v1\""), ("\"v1\"", "\"v1\""), ("\"v1\", W/\"v1\"", "\"v1\"")] {
        let unchanged = served.ask("GET", "/etag", &fields(&format!("If-None-Match: {tags}\r\n")));
        assert_eq!((unchanged.status(), unchanged.field("ETag")), (304, Some(expected)), "{tags}");
        assert_eq!(unchanged.field("Vary"), Some("Accept, Accept-Encoding"));
    }
    assert_eq!(served.ask("GET", "/etag", &fields("If-Match: W/\"v1\"\r\n")).status(), 412);
}

fn what_may_not_be_compressed_is_sent_as_it_is(mode) {
    let served = Served::new(mode);
    for path in ["/no-transform", "/events", "/partial"] {
        let response = served.get(path, "gzip");
        assert_eq!((response.coding(), response.body == text(5000)), (None, true), "{path}");
        assert_eq!(response.field("Vary"), None, "{path}");
    }
    let ranged = served.ask("GET", "/body", "Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n");
    assert_eq!((ranged.status(), ranged.coding(), ranged.content()), (200, None, text(5000)));
    for field in [
        "Content-Encoding=aes128gcm", "Accept-Ranges=bytes", "Content-Range=x", "Repr-Digest=sha-256=:AA==:",
        "Content-Digest=sha-256=:AA==:", "Cache-Control=no-transform", "Cache-Control=private,NO-transform",
    ] {
        let response = served.get(&format!("/field?{field}"), "gzip");
        assert!(response.field("Content-Encoding").is_none_or(|coding| coding == "aes128gcm"), "{field}");
        assert_eq!(response.body, text(5000), "{field}");
    }
    assert_eq!(served.get("/field?X-Other=1", "gzip").coding(), Some("gzip"));
    assert_eq!(served.get("/not-found", "gzip").content(), text(5000));
    assert_eq!(served.get("/not-found", "gzip").coding(), Some("gzip"));
}

fn a_rule_of_a_layer_below_is_seen(mode) {
    const RULES: [CacheRule; 1] = [CacheRule::prefix("/length", "no-transform, max-age=5")];
    let (compress, latch) = (Compress::new(), latch());
    let site = Pages(latch).layer(CacheControl::new(&RULES)).layer(compress.clone());
    let served = Served::of(mode, compress, latch, site);
    for target in ["/length?n=5000", "/length?n=100000"] {
        let response = served.get(target, "gzip");
        assert_eq!(response.coding(), None, "{target}");
        assert!(text(100_000).starts_with(&response.body) && response.body.len() >= 5000, "{target}");
        assert_eq!(served.ask("HEAD", target, "Accept-Encoding: gzip\r\n").undated(), response.undated());
    }
    assert_eq!(served.get("/body", "gzip").coding(), Some("gzip"));
}

fn two_layers_compress_once(mode) {
    let (compress, latch) = (Compress::new(), latch());
    let site = Pages(latch).layer(compress.clone()).layer(Compress::new());
    let served = Served::of(mode, compress, latch, site);
    for target in ["/body", "/stream?size=100", "/stream?n=100000"] {
        let response = served.get(target, "gzip");
        let expected = text(if target.contains("100000") { 100_000 } else { 5000 });
        assert!(response.coding() == Some("gzip") && response.content() == expected, "{target}: {}", response.head);
    }
}

fn a_layer_that_panics_leaves_a_refusal_that_is_not_compressed(mode) {
    let (compress, latch) = (Compress::new(), latch());
    let site = Pages(latch).layer(PanicsOnce(AtomicBool::new(true))).layer(compress.clone());
    let served = Served::of(mode, compress, latch, site);
    let refused = served.get("/body", "gzip");
    assert_eq!((refused.status(), refused.coding()), (500, None), "{}", refused.head);
    assert!(refused.body.starts_with(b"<!doctype html>"));
    served.wait_until_idle();
    assert_eq!(served.get("/body", "gzip").coding(), Some("gzip"));
}

fn the_errors_of_a_page_are_those_of_a_page_without_the_layer(mode) {
    let served = Served::new(mode);
    for (path, status) in [("/short-of-length", 500), ("/beyond-length", 500), ("/twice", 500), ("/fails", 404), ("/nothing", 404)] {
        let [with, without] = ["gzip", "identity"].map(|coding| served.get(path, coding));
        assert_eq!((with.status(), without.status(), with.coding()), (status, status, None), "{path}");
        assert_eq!((with.undated(), &with.body), (without.undated(), &without.body), "{path}");
    }
    let another = served.get("/bad-field", "gzip");
    assert_eq!((another.coding(), another.content()), (Some("gzip"), text(5000)));
    let mut cut_off = send(served.address, b"GET /fails-late HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    let bytes = read_to_close(&mut cut_off);
    assert!(bytes.contains("Content-Encoding: gzip") && !bytes.ends_with("0\r\n\r\n"), "it looks complete");
    served.wait_until_idle();
}

fn what_a_page_flushes_can_be_decoded(mode) {
    for coding in CODINGS {
        for length in [1, 5000, 100_000] {
            let served = Served::new(mode);
            let request = format!("GET /flush?n={length} HTTP/1.0\r\nAccept-Encoding: {coding}\r\n\r\n");
            let mut stream = send(served.address, request.as_bytes());
            let (mut bytes, content) = (Vec::new(), text(length));
            let start = std::time::Instant::now();
            loop {
                let mut part = [0; 1024];
                let count = stream.read(&mut part).expect("it goes on");
                bytes.extend_from_slice(&part[..count]);
                let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
                if end < bytes.len() && decode_part(coding, &bytes[end..]) == content {
                    break;
                }
                assert!(count > 0 && start.elapsed() < TIMEOUT, "{coding} {length}: {count}");
            }
            served.latch.open();
            stream.read_to_end(&mut bytes).unwrap();
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            assert!(decode(Some(coding), &bytes[end..]) == content.repeat(2), "{coding} {length}");
            served.wait_until_idle();
        }
    }
}

fn a_client_that_waits_for_each_answer_gets_it(mode) {
    let served = Served::new(mode);
    for coding in CODINGS {
        let mut stream = connect(served.address);
        let head = format!("POST /echo HTTP/1.0\r\nContent-Length: 3000\r\nAccept-Encoding: {coding}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let (content, mut bytes, mut sent) = (text(3000), Vec::new(), 0);
        while sent < content.len() {
            stream.write_all(&content[sent..sent + 500]).unwrap();
            sent += 500;
            loop {
                let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
                if end < bytes.len() && decode_part(coding, &bytes[end..]) == content[..sent] {
                    break;
                }
                let mut part = [0; 1024];
                let count = stream.read(&mut part).expect("it goes on");
                assert!(count > 0, "closed");
                bytes.extend_from_slice(&part[..count]);
            }
        }
    }
    served.wait_until_idle();
}

fn a_client_that_is_gone_gives_its_compressor_back(mode) {
    let served = Served::new(mode);
    let stream = send(served.address, b"GET /latch?n=50000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n");
    served.latch.wait_for(1);
    assert_eq!(served.compress.in_use(), 1);
    drop(stream);
    served.latch.open();
    served.wait_until_idle();
}

fn pipelined_requests_have_responses_of_their_own(mode) {
    let served = Served::new(mode);
    let request = "GET /body HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";
    let last = "GET /body?n=10 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut stream = send(served.address, format!("{}{last}", request.repeat(5)).as_bytes());
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    for _ in 0..5 {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length: usize = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
        assert_eq!(decode(Some("gzip"), &bytes[end..end + length]), text(5000));
        bytes.drain(..end + length);
    }
    assert!(bytes.ends_with(&text(10)));
}
}

/// Panics while it adds fields to the first response.
struct PanicsOnce(AtomicBool);

impl Layer for PanicsOnce {
    fn fields(&self, _: &mut Fields<'_>) {
        assert!(!self.0.swap(false, Ordering::SeqCst), "a panic on purpose");
    }
}

/// Decodes what there is of a content.
fn decode_part(coding: &str, bytes: &[u8]) -> Vec<u8> {
    if coding != "br" {
        return decode(Some(coding), bytes);
    }
    let (mut decoded, mut part, mut reader) = (Vec::new(), [0; 4096], brotli::Decompressor::new(bytes, 4096));
    // It fails where the end is missing.
    while let Ok(count @ 1..) = reader.read(&mut part) {
        decoded.extend_from_slice(&part[..count]);
    }
    decoded
}
