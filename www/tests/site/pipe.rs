//! Law: a client says its parts one after another, and remembers what it had heard before it said each, or when the
//! server paused.

use std::convert::Infallible;
use std::time::Duration;

use bantam::{Blocking, Buffers, Hooks, blocking, serve};
use bantam_www::Www;
use embedded_io::{ErrorType, Read, Write};

/// What a client says and hears.
pub(crate) struct Pipe<'a> {
    parts: Vec<&'a [u8]>,
    pub(crate) heard: Vec<u8>,
    /// How much had been heard when each part was asked for.
    pub(crate) marks: Vec<usize>,
}

impl ErrorType for Pipe<'_> {
    type Error = Infallible;
}

impl Read for Pipe<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        if self.parts.first().is_some_and(|part| part.is_empty()) {
            self.parts.remove(0);
        }
        self.marks.push(self.heard.len());
        self.parts.first_mut().map_or(Ok(0), |part| part.read(memory))
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// What was heard at every pause, and how long it was.
#[derive(Default)]
pub(crate) struct Pauses(pub(crate) Vec<(Duration, String)>);

impl Hooks<Pipe<'_>> for Pauses {
    fn pause(&mut self, pipe: &mut Pipe<'_>, duration: Duration) {
        self.0.push((duration, text(&pipe.heard)));
    }
}

/// Serves a client that says these parts, through buffers as a device has them.
pub(crate) fn converse<'a>(parts: &[&'a [u8]]) -> (Pipe<'a>, Pauses) {
    let stream = Pipe { parts: parts.to_vec(), heard: Vec::new(), marks: Vec::new() };
    let mut transport = Blocking { stream, hooks: Pauses::default() };
    let mut buffers = Buffers::<1024, 512>::new();
    blocking::block_on(serve(&mut transport, &mut buffers.state(), &Www)).expect("nothing fails in memory");
    (transport.stream, transport.hooks)
}

/// All that is heard by a client that says all at once.
pub(crate) fn exchange(said: &str) -> String {
    text(&converse(&[said.as_bytes()]).0.heard)
}

pub(crate) fn request(method: &str, target: &str, fields: &str) -> String {
    exchange(&format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))
}

pub(crate) fn get(target: &str) -> String {
    request("GET", target, "")
}

/// The value of a header field.
pub(crate) fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The body of an answer in chunks, all of it and nothing behind it. A chunk may end within a character.
pub(crate) fn body(answer: &[u8]) -> String {
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let (mut rest, mut body) = (&answer[head + 4..], Vec::new());
    loop {
        let line = rest.windows(2).position(|bytes| bytes == b"\r\n").expect("a line");
        let size = usize::from_str_radix(&text(&rest[..line]), 16).expect("a size");
        let (data, behind) = rest[line + 2..].split_at(size);
        rest = behind.strip_prefix(b"\r\n").expect("the end of a chunk");
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
