//! [`TestResponse`]: what a client gets of a site, without its framing.

use std::borrow::{Cow, ToOwned};
use std::fmt;
use std::string::String;
use std::vec::Vec;

use crate::error::{Fault, SourceError};
use crate::method::Method;
use crate::status::Status;
use crate::wire::{BodyLength, ChunkDecoder, ResponseHead, ResponseHeadParser};

/// How many bytes of a body a failing test prints.
const PRINTED: usize = 2000;

/// The response to a [`TestRequest`](super::TestRequest). `Display` has all of it, and why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestResponse {
    /// The status of the final response; 101 is one.
    pub status: Status,
    /// The names and values of the fields, in their order. Bytes that are not UTF-8 are U+FFFD.
    pub headers: Vec<(String, String)>,
    /// The body without its framing; after 101, all bytes behind the head.
    pub body: Vec<u8>,
    /// False if the response was cut off: its page has failed when a part of it had left.
    pub is_complete: bool,
    /// The statuses of the informational responses before this one, such as 100.
    pub informational: Vec<Status>,
    /// Why the request was refused, or what its page has done wrong; `None` if nothing.
    pub fault: Option<Fault>,
    /// The method and the target.
    request: String,
}

impl TestResponse {
    /// The value of the first field of this name; the name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        fields.find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1.as_str())
    }

    /// The body as text. Bytes that are not UTF-8 are U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Returns this response if it has the status and is complete.
    ///
    /// # Panics
    /// If it has not, with all of the response, and why the request was refused.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "a test of the status alone ignores the rest")]
    pub fn expect_status(self, status: Status) -> Self {
        assert!(self.status == status && self.is_complete, "{status} was expected\n{self}");
        self
    }

    /// The first final response in `bytes`; `None` if its head is not there.
    pub(super) fn parse(request: &str, method: &str, bytes: &[u8], fault: Option<Fault>) -> Option<Self> {
        let (mut rest, mut informational) = (bytes, Vec::new());
        loop {
            let mut parser = ResponseHeadParser::new();
            let end = parser.advance(rest).ok()??;
            let head = parser.response_head(rest).ok()?;
            let (_, behind) = rest.split_at_checked(end)?;
            if head.status.is_informational() && head.status != Status::SWITCHING_PROTOCOLS {
                informational.push(head.status);
                rest = behind;
                continue;
            }
            let (body, is_complete) = body(&head, Method::of(method.as_bytes()), behind);
            let headers = head.headers.iter().map(|field| (text(field.name), text(field.value))).collect();
            let (status, request) = (head.status, request.to_owned());
            return Some(Self { status, headers, body, is_complete, informational, fault, request });
        }
    }
}

/// The body of a response, and whether it is whole.
fn body(head: &ResponseHead<'_>, method: Method<'_>, bytes: &[u8]) -> (Vec<u8>, bool) {
    if head.status == Status::SWITCHING_PROTOCOLS {
        return (bytes.to_vec(), true);
    }
    match head.body_after(method) {
        Ok(BodyLength::Known(length)) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            (bytes.get(..length).unwrap_or(bytes).to_vec(), bytes.len() >= length)
        }
        Ok(BodyLength::UntilClose) => (bytes.to_vec(), true),
        Ok(BodyLength::Chunked) => {
            let (mut decoder, mut rest, mut body) = (ChunkDecoder::response(), bytes, Vec::new());
            while !decoder.is_done() && !rest.is_empty() {
                let Ok(step) = decoder.decode(rest) else { break };
                body.extend_from_slice(step.data);
                rest = rest.get(step.used..).unwrap_or(&[]);
            }
            (body, decoder.is_done())
        }
        Err(_) => (Vec::new(), false),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a failing test prints: the request, the status with the cause of a refusal, the fields and the body.
impl fmt::Display for TestResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.request)?;
        write!(f, "{}", self.status)?;
        match self.fault {
            None => writeln!(f)?,
            Some(Fault::Rejection(rejection)) => writeln!(f, ", refused: {rejection}")?,
            Some(Fault::Misuse(misuse)) => writeln!(f, ", an error of the page: {misuse}")?,
            Some(Fault::Source) => writeln!(f, ", {SourceError}")?,
            Some(Fault::Stream) => writeln!(f, ", the stream has failed")?,
        }
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        let shown = self.body.get(..PRINTED).unwrap_or(&self.body);
        write!(f, "\n{}", String::from_utf8_lossy(shown))?;
        if shown.len() < self.body.len() {
            write!(f, "... ({} bytes in all)", self.body.len())?;
        }
        if !self.is_complete {
            write!(f, "\n(the response was cut off)")?;
        }
        Ok(())
    }
}
