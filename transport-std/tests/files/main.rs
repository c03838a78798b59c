//! `ServeDir` over TCP, in every mode.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[cfg(feature = "archive")]
mod archive;
mod byte_ranges;
mod codings;
#[path = "../common/mod.rs"]
mod common;
mod conditions;
mod downloads;
mod error_pages;
mod listing;
mod origins;
mod paths;
mod prefixes;
mod pretty_urls;
mod redirects;
mod root;
mod sending;
mod types;
mod validators;
mod vary;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bantam::Site;
use bantam_std::{Mode, RunningServer, ServeDir, Server};
use common::unchunk;
use tempfile::TempDir;

/// The content of a file outside the root.
const SECRET: &str = "the secret outside";

/// A directory that a server in each mode serves; `outside` beside it holds the secret.
struct Served {
    home: TempDir,
    servers: Vec<RunningServer>,
}

impl Served {
    fn new<S: Site + Send + Sync + 'static>(fill: impl FnOnce(&Path), adapt: impl Fn(ServeDir) -> S) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let root = home.path().join("root");
        fs::create_dir(&root).expect("made");
        Self::of(home, &root, fill, adapt)
    }

    /// Serves `root`, which is below `home`.
    fn of<S: Site + Send + Sync + 'static>(
        home: TempDir,
        root: &Path,
        fill: impl FnOnce(&Path),
        adapt: impl Fn(ServeDir) -> S,
    ) -> Self {
        fs::create_dir(home.path().join("outside")).expect("made");
        fs::write(home.path().join("outside/secret.txt"), SECRET).expect("written");
        fill(root);
        let start = |mode: &Mode| {
            let site = adapt(ServeDir::open(root).expect("opened"));
            let server = Server::new().mode(*mode).bind("127.0.0.1:0").expect("a free port");
            server.start(site).expect("started")
        };
        Self { home, servers: Mode::ALL.iter().map(start).collect() }
    }

    fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.servers.iter().flat_map(RunningServer::local_addrs).copied()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("root").join(name)
    }

    fn get(&self, path: &str) -> Response {
        self.ask("GET", path, "")
    }

    /// Sends a request to each server. Returns the response, which is the same from all.
    fn ask(&self, method: &str, path: &str, fields: &str) -> Response {
        let mut responses = self.addresses().map(|address| ask_at(address, method, path, fields));
        let first = responses.next().expect("a server");
        for other in responses {
            assert_eq!(other.undated(), first.undated(), "{method} {path}");
            assert!(other.body == first.body, "{method} {path}");
        }
        first
    }

    /// The response of one server, which may change from one moment to the next.
    fn get_once(&self, path: &str) -> Response {
        ask_at(self.addresses().next().expect("a server"), "GET", path, "")
    }
}

/// A server that is not stopped lives as long as the process, and so do its descriptors: those of all tests are more than many systems give.
impl Drop for Served {
    fn drop(&mut self) {
        self.servers.iter().for_each(|server| server.handle().shutdown(Duration::ZERO));
    }
}

fn ask_at(address: SocketAddr, method: &str, path: &str, fields: &str) -> Response {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    let mut stream = common::send(address, request.as_bytes());
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("closed in time");
    Response::parse(&bytes)
}

#[derive(Debug)]
struct Response {
    head: String,
    body: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let (head, body) = (String::from_utf8(bytes[..end + 2].to_vec()).expect("text"), &bytes[end + 4..]);
        let chunked = head.contains("Transfer-Encoding: chunked") && !body.is_empty();
        Self { head, body: if chunked { unchunk(body) } else { body.to_vec() } }
    }

    fn status(&self) -> u16 {
        self.head[9..12].parse().expect("a status")
    }

    fn field(&self, name: &str) -> Option<&str> {
        let name = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&name))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The head without its Date.
    fn undated(&self) -> String {
        self.head.lines().filter(|line| !line.starts_with("Date:")).collect::<Vec<_>>().join("\n")
    }
}

/// Writes a file that was modified an hour ago, so that it has a `Last-Modified`.
fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
    set_old_mtime(path);
}

fn set_old_mtime(path: &Path) {
    set_mtime(path, SystemTime::now() - Duration::from_secs(3600));
}

fn set_mtime(path: &Path, time: SystemTime) {
    fs::File::options().append(true).open(path).and_then(|file| file.set_modified(time)).expect("a time");
}

/// Reads the head of a response, and no byte of its body.
fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a byte");
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("text")
}

fn request(stream: &mut TcpStream, path: &str) {
    stream.write_all(&common::get(path)).expect("sent");
}
