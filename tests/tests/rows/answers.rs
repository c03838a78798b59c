//! Law: an independent and strict reader: what it accepts is a sequence of answers that every client reads in the same
//! way, the last one perhaps cut off.

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none: 1xx, 204, 304.
    Bodiless,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection.
    Close,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The header fields.
    pub(crate) fields: Vec<(String, String)>,
    /// How its body is framed.
    pub(crate) framing: Framing,
    /// The body, decoded.
    pub(crate) body: Vec<u8>,
    /// Does it end the connection?
    pub(crate) closes: bool,
    /// Is it all there?
    pub(crate) whole: bool,
}

impl Answer {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// Not the final answer yet?
    pub(crate) const fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// Splits what was heard into answers. `to_head` says for each final one whether it answers HEAD; those beyond it do not.
/// Whatever follows 101 is not HTTP any more: it becomes the body of that answer.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn read(heard: &[u8], to_head: &[bool]) -> Result<Vec<Answer>, String> {
    let mut answers: Vec<Answer> = Vec::new();
    let (mut rest, mut finals) = (heard, 0);
    while !rest.is_empty() {
        if answers.last().is_some_and(|answer| answer.closes || !answer.whole) {
            return Err(format!("bytes behind the last answer: {:?}", String::from_utf8_lossy(rest)));
        }
        let head = to_head.get(finals).copied().unwrap_or(false);
        let (answer, behind) = one(rest, head).map_err(|error| {
            format!(
                "answer {}: {error}: {:?}",
                answers.len(),
                String::from_utf8_lossy(&rest[..rest.len().min(300)])
            )
        })?;
        finals += usize::from(!answer.is_interim());
        answers.push(answer);
        rest = behind;
    }
    Ok(answers)
}

/// The end of the connection also ends a body that nothing else ends.
fn one(bytes: &[u8], to_head: bool) -> Result<(Answer, &[u8]), String> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        let line = &bytes[..bytes.len().min(9)];
        let cut = Answer {
            status: 0,
            fields: vec![],
            framing: Framing::Bodiless,
            body: vec![],
            closes: false,
            whole: false,
        };
        return if b"HTTP/1.1 ".starts_with(line) { Ok((cut, &[])) } else { Err("no head".into()) };
    };
    let head = str::from_utf8(&bytes[..end]).map_err(|_| "a head that is not text")?;
    let rest = &bytes[end + 4..];
    let mut lines = head.split("\r\n");
    let status = status(lines.next().unwrap_or(""))?;
    let fields = lines.map(field).collect::<Result<Vec<_>, _>>()?;
    let framing = framing(status, &fields)?;
    let closes = one_of(&fields, "connection")?.is_some_and(|value| value == "close");
    let mut answer = Answer { status, fields, framing, body: Vec::new(), closes, whole: true };
    let rest = match framing {
        Framing::Bodiless if status == 101 => {
            answer.body.extend_from_slice(rest);
            &[]
        }
        _ if to_head => rest,
        Framing::Bodiless => rest,
        Framing::Length(length) => {
            answer.whole = rest.len() >= length;
            let (body, rest) = rest.split_at(length.min(rest.len()));
            answer.body.extend_from_slice(body);
            rest
        }
        Framing::Chunked => {
            let (rest, whole) = unchunk(rest, &mut answer.body)?;
            answer.whole = whole;
            rest
        }
        Framing::Close => {
            answer.body.extend_from_slice(rest);
            &[]
        }
    };
    Ok((answer, rest))
}

fn status(line: &str) -> Result<u16, String> {
    let code = line.strip_prefix("HTTP/1.1 ").ok_or("no version")?;
    let (digits, reason) = code.split_at_checked(3).ok_or("no status")?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || !reason.starts_with(' ') {
        return Err("not a status line".into());
    }
    digits.parse().map_err(|_| "not a status".into())
}

fn field(line: &str) -> Result<(String, String), String> {
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

fn one_of<'a>(fields: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, String> {
    let mut values = fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let first = values.next();
    if values.next().is_some() { Err(format!("{name} twice")) } else { Ok(first) }
}

fn framing(status: u16, fields: &[(String, String)]) -> Result<Framing, String> {
    let bodiless = status < 200 || status == 204 || status == 304;
    match (one_of(fields, "content-length")?, one_of(fields, "transfer-encoding")?) {
        (None, None) if bodiless => Ok(Framing::Bodiless),
        _ if bodiless => Err("framing for an answer without a body".into()),
        (Some(length), None) if length.bytes().all(|b| b.is_ascii_digit()) => {
            length.parse().map(Framing::Length).map_err(|_| "a length beyond all".into())
        }
        (None, Some("chunked")) => Ok(Framing::Chunked),
        (None, None) if one_of(fields, "connection")? == Some("close") => Ok(Framing::Close),
        other => Err(format!("framing {other:?}")),
    }
}

/// What follows the body, and whether it was all there.
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
        let size = usize::from_str_radix(digits, 16).map_err(|_| "a chunk beyond all")?;
        rest = &rest[end + 2..];
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        let behind = &rest[size.min(rest.len())..];
        if behind.len() < 2 {
            return if b"\r\n".starts_with(behind) {
                Ok((&[], false))
            } else {
                Err("no end of chunk".into())
            };
        }
        rest = behind.strip_prefix(b"\r\n").ok_or("data beyond its chunk")?;
        if size == 0 {
            return Ok((rest, true));
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
