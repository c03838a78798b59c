//! A response as a test compares it.

use crate::common::unchunk;

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The request, for messages.
    pub(crate) request: String,
    pub(crate) status: u16,
    /// Names in lower case, and values, without Date.
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn parse(request: &str, bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let (head, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok()).expect("a status");
        let split = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a field");
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let fields: Vec<_> = lines.map(split).filter(|(name, _)| name != "date").collect();
        let chunked = fields.iter().any(|(name, _)| name == "transfer-encoding");
        let body = if chunked && !body.is_empty() { unchunk(body) } else { body.to_vec() };
        Self { request: request.to_owned(), status, fields, body }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(other, _)| other == name).map(|(_, value)| &**value);
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice: {self:?}");
        value
    }

    /// Status and fields.
    pub(crate) fn head(&self) -> (u16, &[(String, String)]) {
        (self.status, &self.fields)
    }

    /// Returns true if `Vary` names this field.
    pub(crate) fn varies_by(&self, name: &str) -> bool {
        let vary = self.field("vary").unwrap_or_default();
        vary.split(", ").any(|member| member.eq_ignore_ascii_case(name))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| &**name)
    }
}
