//! Several ranges: `multipart/byteranges`.

use std::convert::Infallible;
use std::path::Path;

use bantam::{Blocking, Buffers, blocking, serve};
use bantam_std::ServeDir;

use crate::{Response, Served, ask_at, put};

const LENGTH: usize = 250_000;

fn content() -> Vec<u8> {
    (0..LENGTH).map(|at| (at % 251) as u8).collect()
}

fn served() -> Served {
    let fill = |root: &Path| {
        put(&root.join("f.bin"), &content());
        put(&root.join("t.txt"), &content());
        put(&root.join("t.txt.gz"), &content()[1..]);
    };
    Served::new(fill, |root| root)
}

/// A part of a body: its fields, one a line, and its content.
type Part = (String, Vec<u8>);

/// The parts of a response, read by the grammar of RFC 2046 section 5.1.1.
fn parts(response: &Response) -> Vec<Part> {
    let content_type = response.field("Content-Type").unwrap();
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").expect(content_type);
    assert!(boundary.len() == 32, "{boundary}");
    let stated: usize = response.field("Content-Length").unwrap().parse().unwrap();
    assert_eq!(stated, response.body.len());
    let find = |text: &[u8], wanted: &str| {
        text.windows(wanted.len()).position(|window| window == wanted.as_bytes()).expect(wanted)
    };
    let (mut parts, mut rest) = (Vec::new(), &response.body[..]);
    rest = rest.strip_prefix(format!("--{boundary}").as_bytes()).expect("a boundary at the start");
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let head = find(part, "\r\n\r\n");
        let content = &part[head + 4..];
        let end = find(content, &format!("\r\n--{boundary}"));
        parts.push((String::from_utf8(part[..head].to_vec()).unwrap(), content[..end].to_vec()));
        rest = &content[end + 4 + boundary.len()..];
    }
    assert_eq!(rest, b"--\r\n", "the end");
    parts
}

/// The parts that are expected of a file of this type.
fn expected(ranges: &[std::ops::Range<usize>], content: &[u8], fields: &str) -> Vec<Part> {
    let part = |range: &std::ops::Range<usize>| {
        let position = format!("bytes {}-{}/{}", range.start, range.end - 1, content.len());
        (format!("{fields}\r\nContent-Range: {position}"), content[range.clone()].to_vec())
    };
    ranges.iter().map(part).collect()
}

#[test]
fn the_parts_are_those_of_the_request_in_its_order() {
    let served = served();
    let all = content();
    for (set, ranges) in [
        ("0-0,-1", &[0..1, LENGTH - 1..LENGTH][..]),
        ("1000-1099,0-99", &[1000..1100, 0..100]),
        ("0-1,500-509,20-29", &[0..30, 500..510]),
        ("0-99999,100100-200099,200200-", &[0..100_000, 100_100..200_100, 200_200..LENGTH]),
        ("5-5,400000-,1000-9999999", &[5..6, 1000..LENGTH]),
        (
            "0-9,100-109,200-209,300-309,400-409,500-509,600-609,700-709",
            &[0..10, 100..110, 200..210, 300..310, 400..410, 500..510, 600..610, 700..710],
        ),
    ] {
        let response = served.ask("GET", "/f.bin", &format!("Range: bytes={set}\r\n"));
        assert_eq!(response.status(), 206, "{set}");
        assert_eq!(response.field("Content-Range"), None, "{set}");
        for name in ["ETag", "Last-Modified", "Accept-Ranges", "Cache-Control"] {
            assert!(response.field(name).is_some(), "{set}: {name}");
        }
        let expected = expected(ranges, &all, "Content-Type: application/octet-stream");
        assert!(parts(&response) == expected, "{set}: {}", response.head);
    }
}

#[test]
fn a_list_of_ranges_is_one_part_everything_or_nothing_where_it_has_to_be() {
    let served = served();
    let etag = served.get("/f.bin").field("ETag").unwrap().to_owned();
    let nine: Vec<_> = (0..9).map(|at| format!("{0}-{0}", at * 100)).collect();
    let overlapping: Vec<_> = (0..500).map(|at| format!("5-{at}")).collect();
    for (set, fields, status, range) in [
        ("0-1,5-9", "", 206, Some("bytes 0-9/250000")),
        ("0-0,400000-", "", 206, Some("bytes 0-0/250000")),
        ("200-,0-150", "", 206, Some("bytes 0-249999/250000")),
        ("250000-,-0", "", 416, Some("bytes */250000")),
        ("0-0,5-4", "", 200, None),
        ("0-0,x", "", 200, None),
        (&nine.join(","), "", 200, None),
        (&overlapping.join(","), "", 200, None),
        ("0-0,500-599", "If-Range: \"other\"\r\n", 200, None),
        ("0-0,500-599", "If-Match: \"other\"\r\n", 412, None),
        ("0-0,500-599", "If-None-Match: *\r\n", 304, None),
    ] {
        let response = served.ask("GET", "/f.bin", &format!("Range: bytes={set}\r\n{fields}"));
        assert_eq!((response.status(), response.field("Content-Range")), (status, range), "{set} {fields}");
        assert_eq!(response.body.len() == LENGTH, status == 200 || set == "200-,0-150", "{set} {fields}");
    }
    let matching = format!("Range: bytes=0-0,500-599\r\nIf-Range: {etag}\r\n");
    assert_eq!(parts(&served.ask("GET", "/f.bin", &matching)).len(), 2);
    let head = served.ask("HEAD", "/f.bin", "Range: bytes=0-0,500-599\r\n");
    assert_eq!((head.status(), head.field("Content-Length")), (200, Some("250000")));
}

#[test]
fn the_parts_of_a_coded_file_are_of_its_coding_and_the_body_is_in_none() {
    let served = served();
    for (coding, fields, content) in [
        ("", "Content-Type: text/plain", &content()[..]),
        ("Accept-Encoding: gzip\r\n", "Content-Type: text/plain\r\nContent-Encoding: gzip", &content()[1..]),
    ] {
        let (full, parted) = (
            served.ask("GET", "/t.txt", coding),
            served.ask("GET", "/t.txt", &format!("{coding}Range: bytes=0-9,1000-1009\r\n")),
        );
        assert_eq!(parted.field("Content-Encoding"), None);
        for name in ["ETag", "Vary", "Last-Modified"] {
            assert_eq!(parted.field(name), full.field(name), "{name}");
        }
        let fields = fields.replace("text/plain", full.field("Content-Type").unwrap());
        assert_eq!(parts(&parted), expected(&[0..10, 1000..1010], content, &fields));
    }
}

/// A client in memory that takes at most so many bytes at once.
pub(crate) struct Trickle<'a> {
    pub(crate) input: &'a [u8],
    pub(crate) output: Vec<u8>,
    pub(crate) size: usize,
}

impl embedded_io::ErrorType for Trickle<'_> {
    type Error = Infallible;
}

impl embedded_io::Read for Trickle<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        embedded_io::Read::read(&mut self.input, memory)
    }
}

impl embedded_io::Write for Trickle<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let count = bytes.len().min(self.size);
        self.output.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The response to a request by a server in memory, with a response buffer of `N` bytes.
pub(crate) fn respond<const N: usize>(site: &ServeDir, request: &str, size: usize) -> Response {
    let mut transport = Blocking::new(Trickle { input: request.as_bytes(), output: Vec::new(), size });
    let _ = blocking::block_on(serve(&mut transport, &mut Buffers::<1024, N>::new().state(), site));
    Response::parse(&transport.stream.output)
}

#[test]
fn a_body_of_parts_is_the_same_at_every_size_of_a_write_and_of_the_response_buffer() {
    let served = served();
    let address = served.addresses().next().unwrap();
    let fields = "Range: bytes=0-9,100-20099,-30\r\n";
    let whole = ask_at(address, "GET", "/f.bin", fields);
    let request = format!("GET /f.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    let site = ServeDir::open(served.path("")).unwrap();
    for size in (1..40).chain([100, 500, 511, 512, 513, 1000, 4096, 30_000]) {
        for response in [
            respond::<512>(&site, &request, size),
            respond::<600>(&site, &request, size),
            respond::<4096>(&site, &request, size),
            respond::<65_536>(&site, &request, size),
        ] {
            assert_eq!(response.undated(), whole.undated(), "{size}");
            assert!(response.body == whole.body, "{size}");
        }
    }
}

#[test]
fn every_pair_of_ranges_has_the_bytes_of_the_file() {
    const BLOCK: usize = 100;
    let all = &content()[..12 * BLOCK];
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("f.bin"), all).unwrap();
    let site = ServeDir::open(dir.path()).unwrap();
    let blocks = || (0..13).flat_map(|from| (from..13).step_by(3).map(move |to| (from, to)));
    let mut counts = [0; 3];
    for (a, b) in blocks() {
        for (c, d) in blocks() {
            let range = |from: usize, to: usize| format!("{}-{}", from * BLOCK, (to + 1) * BLOCK - 1);
            let (first, second) = (range(a, b), range(c, d));
            let request = format!("GET /f.bin HTTP/1.0\r\nRange: bytes={first},{second}\r\n\r\n");
            let response = respond::<2048>(&site, &request, usize::MAX);
            let clip = |from: usize, to: usize| from * BLOCK..((to + 1) * BLOCK).min(all.len());
            let ranges: Vec<_> = [(a, b), (c, d)].into_iter().filter(|(from, _)| *from < 12).collect();
            match (response.status(), &ranges[..]) {
                (416, []) => counts[0] += 1,
                (206, [(from, to)]) => assert!(response.body == all[clip(*from, *to)], "{request}"),
                (206, [first, second]) if first.0.max(second.0) <= first.1.min(second.1) + 1 => {
                    let joined = clip(first.0.min(second.0), first.1.max(second.1));
                    assert!(response.body == all[joined], "{request}");
                    counts[1] += 1;
                }
                (206, [first, second]) => {
                    let ranges = [clip(first.0, first.1), clip(second.0, second.1)];
                    let expected = expected(&ranges, all, "Content-Type: application/octet-stream");
                    assert!(parts(&response) == expected, "{request}");
                    counts[2] += 1;
                }
                (status, _) => panic!("{status}: {request}"),
            }
        }
    }
    assert!(counts[0] > 0 && counts[1..].iter().all(|count| *count > 300), "{counts:?}");
}
