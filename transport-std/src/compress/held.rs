//! [`Held`]: the beginning of a response that is not made yet, because its length decides whether it is compressed.

use bantam::wire::{ResponseHeadSpec, Status, encode_response_head, response_head};
use bantam::{Misuse, Response};

use super::decision::is_codable;

/// So much of a body is held, in bytes: 16 KB. Content that ends before has a known length, which makes its compressor small.
pub(super) const HOLD: usize = 16 * 1024;
/// A longer head is left to the core.
const MAX_HEAD: usize = 8 * 1024;

/// A response that the page has made, and what it has sent of it.
pub(super) struct Held {
    pub(super) status: Status,
    pub(super) headers: Vec<(String, String)>,
    /// That the page has stated.
    pub(super) length: Option<u64>,
    pub(super) body: Vec<u8>,
}

impl Held {
    /// Holds a response, if its head allows to compress it: `None` if not.
    ///
    /// # Errors
    /// Those of the head.
    pub(super) fn new(response: &Response<'_>) -> Result<Option<Self>, Misuse> {
        let mut spec = ResponseHeadSpec::new(response.status);
        spec.headers = response.headers;
        let mut memory = [0; MAX_HEAD];
        let length = match encode_response_head(&mut memory, &spec) {
            Ok(length) => length,
            Err(Misuse::HeadTooLarge) => return Ok(None),
            Err(misuse) => return Err(misuse),
        };
        let parsed = response_head(memory.get(..length).unwrap_or_default());
        if !parsed.is_ok_and(|(_, head)| is_codable(head.status, &head.headers)) {
            return Ok(None);
        }
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = response.headers.iter().map(owned).collect();
        Ok(Some(Self { status: response.status, headers, length: response.length, body: Vec::new() }))
    }

    /// The fields as a response has them.
    pub(super) fn fields(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (&**name, &**value)).collect()
    }
}
