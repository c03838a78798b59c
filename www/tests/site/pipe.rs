//! An in-memory client: sends a request in parts, and records the response, also at every read and pause of the server.

use std::convert::Infallible;
use std::time::Duration;

use bantam::{Blocking, Buffers, Hooks, blocking, serve};
use bantam_www::Www;
use embedded_io::{ErrorType, Read, Write};

/// The stream of an in-memory client.
pub(crate) struct Pipe<'a> {
    parts: Vec<&'a [u8]>,
    pub(crate) received: Vec<u8>,
    /// The length of `received` at each read of the server.
    pub(crate) received_at_read: Vec<usize>,
}

impl ErrorType for Pipe<'_> {
    type Error = Infallible;
}

impl Read for Pipe<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        if self.parts.first().is_some_and(|part| part.is_empty()) {
            self.parts.remove(0);
        }
        self.received_at_read.push(self.received.len());
        self.parts.first_mut().map_or(Ok(0), |part| part.read(memory))
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.received.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The duration of every pause, and the bytes received before it.
#[derive(Default)]
pub(crate) struct Pauses(pub(crate) Vec<(Duration, String)>);

impl Hooks<Pipe<'_>> for Pauses {
    fn pause(&mut self, pipe: &mut Pipe<'_>, duration: Duration) {
        self.0.push((duration, text(&pipe.received)));
    }
}

/// Serves a client that sends these parts, with the buffer sizes of a device.
pub(crate) fn exchange_parts<'a>(parts: &[&'a [u8]]) -> (Pipe<'a>, Pauses) {
    exchange_with(&Www::new(), parts)
}

/// Serves a client that sends these parts, by a site that has perhaps served others.
pub(crate) fn exchange_with<'a>(site: &Www, parts: &[&'a [u8]]) -> (Pipe<'a>, Pauses) {
    let stream = Pipe { parts: parts.to_vec(), received: Vec::new(), received_at_read: Vec::new() };
    let mut transport = Blocking { stream, hooks: Pauses::default() };
    let mut buffers = Buffers::<1024, 512>::new();
    blocking::block_on(serve(&mut transport, &mut buffers.state(), site))
        .expect("an in-memory stream does not fail");
    (transport.stream, transport.hooks)
}

/// Serves a client that sends `request` at once. Returns the response.
pub(crate) fn exchange(request: &str) -> String {
    text(&exchange_parts(&[request.as_bytes()]).0.received)
}

pub(crate) fn request(method: &str, target: &str, fields: &str) -> String {
    exchange(&format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))
}

pub(crate) fn get(target: &str) -> String {
    request("GET", target, "")
}

/// Returns the value of a header field.
pub(crate) fn field<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let head = response.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Returns the body of a response, by its chunks or by its length. A chunk may end within a character.
///
/// # Panics
/// Panics if bytes follow the body.
pub(crate) fn body(response: &[u8]) -> String {
    let head = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let (mut rest, mut body) = (&response[head + 4..], Vec::new());
    if let Some(length) = field(&text(&response[..head]), "Content-Length") {
        assert_eq!(length, rest.len().to_string());
        return text(rest);
    }
    loop {
        let line = rest.windows(2).position(|bytes| bytes == b"\r\n").expect("a line");
        let size = usize::from_str_radix(&text(&rest[..line]), 16).expect("a size");
        let (data, after) = rest[line + 2..].split_at(size);
        rest = after.strip_prefix(b"\r\n").expect("the end of a chunk");
        body.extend_from_slice(data);
        if size == 0 {
            assert_eq!(rest, b"", "nothing follows the last chunk");
            return text(&body);
        }
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}
