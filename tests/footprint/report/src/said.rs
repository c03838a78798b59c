//! Law: an image that has not answered both requests, each with what it asked for, has no size.

use std::fs;
use std::path::Path;

/// What an image measured of itself, in bytes.
pub(crate) struct Said {
    /// The future that serves a connection.
    pub(crate) future: u64,
    /// The task that owns it, and what of a connection is beside it and its buffers.
    pub(crate) task: u64,
    /// The deepest stack, with the task on it.
    pub(crate) stack: u64,
    /// The body of each of ten more static pages.
    pub(crate) extra: u64,
}

impl Said {
    /// Reads what an image has written to its serial line.
    pub(crate) fn read(path: &Path, answers: bool) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let fail = |what: &str| Err(format!("{}: {what} in:\n{text}", path.display()));
        if !text.ends_with("\nEND\n") {
            return fail("it has not come to its end");
        }
        if answers {
            for (part, what) in [
                ("\r\n\r\n<!doctype html><title>Hello</title>", "no page"),
                ("\r\n\r\nHello, Ada!\nFUTURE", "no greeting"),
            ] {
                if text.matches(part).count() != 1 {
                    return fail(what);
                }
            }
            if text.matches("HTTP/1.1 200 ").count() != 2 {
                return fail("not twice 200");
            }
        }
        let number = |word: &str| {
            let behind = text.rsplit(&format!("\n{word} ")).next().and_then(|behind| behind.get(..8));
            behind
                .and_then(|digits| u64::from_str_radix(digits, 16).ok())
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
