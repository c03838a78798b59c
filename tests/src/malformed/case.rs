//! One case of the tables: the bytes of a client, and the statuses of the responses.

use crate::requests::request;

/// The request that is sent after every case.
const PROBE: &str = "GET /robots.txt?probe HTTP/1.1\r\nHost: a\r\n\r\n";

/// What a client sends to the site, and the expected responses.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name; no two cases have the same.
    pub name: String,
    /// The bytes that are sent, without the probe.
    pub sent: Vec<u8>,
    /// The statuses of the final responses.
    pub statuses: Vec<u16>,
    /// The connection is kept: the probe is answered.
    pub kept: bool,
    /// The numbers of the responses to HEAD.
    pub heads: Vec<usize>,
}

impl Case {
    pub(super) fn new(name: impl Into<String>, sent: impl AsRef<[u8]>, statuses: &[u16], kept: bool) -> Self {
        let (name, sent) = (name.into(), sent.as_ref().to_vec());
        Self { name, sent, statuses: statuses.to_vec(), kept, heads: vec![] }
    }

    /// A case with one response; a message that was not understood closes the connection.
    pub(super) fn answered(name: impl Into<String>, sent: impl AsRef<[u8]>, status: u16) -> Self {
        let kept = status < 400 || matches!(status, 404 | 405 | 421 | 501);
        Self::new(name, sent, &[status], kept)
    }

    /// A case with one response, after which the connection is closed.
    pub(super) fn closes(name: impl Into<String>, sent: impl AsRef<[u8]>, status: u16) -> Self {
        Self::new(name, sent, &[status], false)
    }

    pub(super) fn heads(mut self, heads: &[usize]) -> Self {
        self.heads = heads.to_vec();
        self
    }

    /// All bytes that are sent, with the probe.
    #[must_use]
    pub fn wire(&self) -> Vec<u8> {
        [&self.sent, PROBE.as_bytes()].concat()
    }

    /// The statuses of all responses, with the probe's.
    #[must_use]
    pub fn expected(&self) -> Vec<u16> {
        self.statuses.iter().copied().chain(self.kept.then_some(200)).collect()
    }
}

/// A GET of a file with these field lines.
pub(super) fn get_file(fields: &str) -> String {
    request("GET", "/robots.txt", fields, "")
}
