//! The serial output of an image.
//!
//! Invariant: an image that does not send both responses is an error and has no size.

use std::fs;
use std::path::Path;

/// The measurements of an image, in bytes.
pub(crate) struct Capture {
    /// The future that serves a connection.
    pub(crate) future: u64,
    /// The task: the future and all state of a connection but its buffers.
    pub(crate) task: u64,
    /// The peak of the stack, which holds the task.
    pub(crate) stack: u64,
    /// The length of the body of each extra page.
    pub(crate) extra: u64,
}

impl Capture {
    /// Parses the serial output of an image that has got the two requests, and perhaps one between them with this `extra` response;
    /// `answers` is false for an image that answers none.
    pub(crate) fn read(path: &Path, answers: bool, extra: Option<&str>) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let fail = |what: &str| Err(format!("{}: {what} in:\n{text}", path.display()));
        if !text.ends_with("\nEND\n") {
            return fail("no END");
        }
        if answers {
            for (part, what) in [
                ("\r\n\r\n<!doctype html><title>Hello</title>", "no page"),
                (extra.unwrap_or("END\n"), "no response to the request between the others"),
                ("\r\n\r\nHello, Ada!\nFUTURE", "no greeting"),
            ] {
                if text.matches(part).count() != 1 {
                    return fail(what);
                }
            }
            if text.matches("HTTP/1.1 200 ").count() != 2 + usize::from(extra.is_some()) {
                return fail("not as many 200 responses as requests");
            }
        }
        let number = |word: &str| {
            let rest = text.rsplit(&format!("\n{word} ")).next().and_then(|rest| rest.get(..8));
            rest.and_then(|digits| u64::from_str_radix(digits, 16).ok())
                .ok_or(format!("no {word} in:\n{text}"))
        };
        Ok(Self {
            future: number("FUTURE")?,
            task: number("TASK")?,
            stack: number("STACK")?,
            extra: number("EXTRA")?,
        })
    }
}
