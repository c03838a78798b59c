//! A strict client-side parser of HTTP/1.1 responses, independent of the parser under test.
//!
//! Invariant: what it accepts is a sequence of responses that every client reads in the same way, the last one perhaps cut
//! off.

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body: 1xx, 204, 304.
    Bodiless,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection.
    Close,
}

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status; 0 if the head is cut off.
    pub status: u16,
    /// The field lines, in order.
    pub fields: Vec<(String, String)>,
    /// How the body is framed.
    pub framing: Framing,
    /// The body, without its framing.
    pub body: Vec<u8>,
    /// False if the end of the response is missing.
    pub complete: bool,
}

impl Answer {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let named = |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields.iter().find(named).map(|field| field.1.as_str())
    }

    /// Returns true if the response ends the connection.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.field("connection") == Some("close")
    }

    /// Returns true if a final response follows.
    #[must_use]
    pub const fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// Why bytes are not a sequence of complete responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MalformedResponse {
    /// The last response is cut off; these precede it.
    CutOff(Vec<Answer>),
    /// The bytes break a rule.
    Broken(String),
}

/// Splits bytes into complete responses. `is_head` returns true for the number of a final response to HEAD.
/// The bytes after 101 are not HTTP: they become its body.
///
/// # Errors
/// A [`MalformedResponse`].
pub fn read(bytes: &[u8], is_head: impl Fn(usize) -> bool) -> Result<Vec<Answer>, MalformedResponse> {
    let mut answers = read_prefix(bytes, is_head).map_err(MalformedResponse::Broken)?;
    match answers.pop_if(|last| !last.complete) {
        Some(_) => Err(MalformedResponse::CutOff(answers)),
        None => Ok(answers),
    }
}

/// Like [`read`], but the last response may be incomplete.
///
/// # Errors
/// The rule that is broken.
pub fn read_prefix(bytes: &[u8], is_head: impl Fn(usize) -> bool) -> Result<Vec<Answer>, String> {
    let mut answers: Vec<Answer> = Vec::new();
    let (mut rest, mut finals) = (bytes, 0);
    while !rest.is_empty() {
        let start = || String::from_utf8_lossy(&rest[..rest.len().min(300)]).into_owned();
        if answers.last().is_some_and(Answer::closes) {
            return Err(format!("bytes after Connection: close: {:?}", start()));
        }
        let (answer, next) = read_one(rest, is_head(finals))
            .map_err(|error| format!("response {}: {error}: {:?}", answers.len(), start()))?;
        finals += usize::from(!answer.is_interim());
        answers.push(answer);
        rest = next;
    }
    Ok(answers)
}

fn read_one(bytes: &[u8], to_head: bool) -> Result<(Answer, &[u8]), String> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        let line = &bytes[..bytes.len().min(9)];
        let (fields, body) = (Vec::new(), Vec::new());
        let cut = Answer { status: 0, fields, framing: Framing::Bodiless, body, complete: false };
        return if b"HTTP/1.1 ".starts_with(line) { Ok((cut, &[])) } else { Err("no head".into()) };
    };
    let head = str::from_utf8(&bytes[..end]).map_err(|_| "a head that is not text")?;
    let rest = &bytes[end + 4..];
    let mut lines = head.split("\r\n");
    let status = read_status(lines.next().unwrap_or(""))?;
    let fields = lines.map(read_field).collect::<Result<Vec<_>, _>>()?;
    let framing = read_framing(status, &fields)?;
    let mut answer = Answer { status, fields, framing, body: Vec::new(), complete: true };
    let body = &mut answer.body;
    let rest = match framing {
        Framing::Bodiless if status != 101 => rest,
        _ if to_head && status != 101 => rest,
        Framing::Length(length) => {
            answer.complete = rest.len() >= length;
            let (data, rest) = rest.split_at(length.min(rest.len()));
            body.extend_from_slice(data);
            rest
        }
        Framing::Chunked => {
            let (rest, complete) = unchunk(rest, body)?;
            answer.complete = complete;
            rest
        }
        Framing::Bodiless | Framing::Close => {
            body.extend_from_slice(rest);
            &[]
        }
    };
    Ok((answer, rest))
}

fn read_status(line: &str) -> Result<u16, String> {
    let code = line.strip_prefix("HTTP/1.1 ").ok_or("no version")?;
    let (digits, reason) = code.split_at_checked(3).ok_or("no status")?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || !reason.starts_with(' ') {
        return Err("not a status line".into());
    }
    digits.parse().map_err(|_| "not a status".into())
}

fn read_field(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(": ").ok_or("no colon")?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty()
        || !name.bytes().all(token)
        || value.trim() != value
        || value.contains(char::is_control)
    {
        return Err(format!("not a field line: {line:?}"));
    }
    Ok((name.into(), value.into()))
}

fn at_most_one<'a>(fields: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, String> {
    let mut values = fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let first = values.next();
    if values.next().is_some() { Err(format!("{name} twice")) } else { Ok(first) }
}

fn read_framing(status: u16, fields: &[(String, String)]) -> Result<Framing, String> {
    let bodiless = status < 200 || status == 204 || status == 304;
    let connection = at_most_one(fields, "connection")?;
    match (at_most_one(fields, "content-length")?, at_most_one(fields, "transfer-encoding")?) {
        (None, None) if bodiless => Ok(Framing::Bodiless),
        _ if bodiless => Err("framing for a response without a body".into()),
        (Some(length), None) if length.bytes().all(|b| b.is_ascii_digit()) => {
            length.parse().map(Framing::Length).map_err(|_| "a length out of range".into())
        }
        (None, Some("chunked")) => Ok(Framing::Chunked),
        (None, None) if connection == Some("close") => Ok(Framing::Close),
        other => Err(format!("framing {other:?}")),
    }
}

/// Returns the bytes after the body, and whether the body is complete.
fn unchunk<'a>(mut rest: &'a [u8], body: &mut Vec<u8>) -> Result<(&'a [u8], bool), String> {
    loop {
        let Some(end) = find(rest, b"\r\n") else {
            let cut = rest.iter().all(|b| b.is_ascii_hexdigit() || *b == b'\r') && rest.len() < 20;
            return if cut { Ok((&[], false)) } else { Err("no chunk line".into()) };
        };
        let digits = str::from_utf8(&rest[..end]).map_err(|_| "a chunk line that is not text")?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("not a chunk line: {digits:?}"));
        }
        let size = usize::from_str_radix(digits, 16).map_err(|_| "a chunk size out of range")?;
        rest = &rest[end + 2..];
        let (data, after) = rest.split_at(size.min(rest.len()));
        body.extend_from_slice(data);
        if after.len() < 2 {
            let cut = b"\r\n".starts_with(after);
            return if cut { Ok((&[], false)) } else { Err("no CR LF after a chunk".into()) };
        }
        rest = after.strip_prefix(b"\r\n").ok_or("data beyond its chunk")?;
        if size == 0 {
            return Ok((rest, true));
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(bytes: &[u8]) -> Result<Vec<u16>, MalformedResponse> {
        read(bytes, |_| false).map(|answers| answers.iter().map(|answer| answer.status).collect())
    }

    #[test]
    fn responses_are_split_where_their_framing_ends() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 \r\n\r\n";
        assert_eq!(statuses(bytes), Ok(vec![100, 200, 204]));
    }

    #[test]
    fn malformed_responses_are_refused() {
        for bad in [
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        ] {
            assert!(matches!(statuses(bad.as_bytes()), Err(MalformedResponse::Broken(_))), "{bad}");
        }
        assert_eq!(
            statuses(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh"),
            Err(MalformedResponse::CutOff(Vec::new()))
        );
    }
}
