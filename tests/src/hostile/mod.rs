//! Law: whatever a client can send has one answer, the same from every transport; a case is said by who knows nothing of the
//! server but its four paths, and judged by statuses and by whether a good request behind it is still answered.

mod bytes;
mod chunks;
mod connections;
mod expectations;
mod fields;
mod hosts;
mod lengths;
mod lines;
mod methods;
mod targets;

/// What is asked behind every case: is it answered?
const PROBE: &str = "GET /robots.txt?probe HTTP/1.1\r\nHost: a\r\n\r\n";

/// What a client says to the site, and what has to come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about; no two have the same.
    pub name: String,
    /// What is said, the probe behind it not included.
    pub said: Vec<u8>,
    /// The statuses of the final answers.
    pub statuses: Vec<u16>,
    /// Is a request behind it answered?
    pub kept: bool,
    /// Which of the answers are to HEAD.
    pub heads: Vec<usize>,
}

impl Case {
    fn new(name: impl Into<String>, said: impl AsRef<[u8]>, statuses: &[u16], kept: bool) -> Self {
        let (name, said) = (name.into(), said.as_ref().to_vec());
        Self { name, said, statuses: statuses.to_vec(), kept, heads: vec![] }
    }

    /// Answered with one status, which also says what becomes of the connection: a refusal ends it.
    fn answered(name: impl Into<String>, said: impl AsRef<[u8]>, status: u16) -> Self {
        Self::new(name, said, &[status], status < 400)
    }

    /// Answered, and the last request of its connection.
    fn closes(name: impl Into<String>, said: impl AsRef<[u8]>, status: u16) -> Self {
        Self::new(name, said, &[status], false)
    }

    fn heads(mut self, heads: &[usize]) -> Self {
        self.heads = heads.to_vec();
        self
    }

    /// Everything that is said.
    #[must_use]
    pub fn wire(&self) -> Vec<u8> {
        [&self.said, PROBE.as_bytes()].concat()
    }

    /// Every status that is heard.
    #[must_use]
    pub fn expected(&self) -> Vec<u16> {
        self.statuses.iter().copied().chain(self.kept.then_some(200)).collect()
    }
}

/// Those that were thought of one by one, and fit a device.
#[must_use]
pub fn named() -> Vec<Case> {
    let tables = [
        lines::all(),
        targets::all(),
        hosts::all(),
        fields::all(),
        lengths::all(),
        chunks::all(),
        connections::all(),
        expectations::all(),
        methods::all(),
    ];
    tables.concat()
}

/// All of them, the long ones, and every byte at every place.
#[must_use]
pub fn all() -> Vec<Case> {
    [named(), lines::long(), bytes::all()].concat()
}

/// A request of HTTP/1.1 with a Host; `fields` end in CR LF each.
fn request(method: &str, target: &str, fields: &str, body: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

/// A GET of a file with these fields.
fn get(fields: &str) -> String {
    request("GET", "/robots.txt", fields, "")
}
