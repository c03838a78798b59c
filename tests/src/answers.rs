//! Law: what the server says is read by somebody else: this shares no line with the parser under test, and refuses
//! whatever is not well-formed.

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The field lines, as they came.
    pub fields: Vec<(String, String)>,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let named = |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields.iter().find(named).map(|field| field.1.as_str())
    }

    /// Does the connection end with it?
    #[must_use]
    pub fn closes(&self) -> bool {
        self.field("connection") == Some("close")
    }
}

/// Why what was heard is not a sequence of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MalformedResponse {
    /// It stops in the middle of one: the answers before it are these.
    CutOff(Vec<Answer>),
    /// It is none.
    Broken(String),
}

/// Splits what was heard into answers. `is_head` says of each final one whether it answers HEAD.
///
/// # Errors
/// A [`MalformedResponse`].
pub fn read(mut heard: &[u8], is_head: impl Fn(usize) -> bool) -> Result<Vec<Answer>, MalformedResponse> {
    let broken = |what: &str| MalformedResponse::Broken(what.to_owned());
    let mut answers: Vec<Answer> = Vec::new();
    while !heard.is_empty() {
        if answers.last().is_some_and(Answer::closes) {
            return Err(broken("bytes behind Connection: close"));
        }
        let Some(end) = find(heard, b"\r\n\r\n") else { return Err(MalformedResponse::CutOff(answers)) };
        let head = std::str::from_utf8(&heard[..end]).map_err(|_| broken("a head that is not ASCII"))?;
        let mut lines = head.split("\r\n");
        let line = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let (code, reason) =
            line.and_then(|line| line.split_at_checked(3)).ok_or_else(|| broken("no status line"))?;
        let status: u16 = code.parse().map_err(|_| broken("no status"))?;
        let fields: Option<Vec<_>> = lines.map(|line| line.split_once(": ")).collect();
        let fields = fields.ok_or_else(|| broken("a line that is no field"))?;
        if !reason.starts_with(' ') || head.contains(['\0', '\t']) || fields.iter().any(|f| f.0.contains(' '))
        {
            return Err(broken("a head that is not well-formed"));
        }
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut answer = Answer { status, fields, body: Vec::new() };
        let finals = answers.iter().filter(|answer| answer.status >= 200).count();
        match body(&heard[end + 4..], &mut answer, status >= 200 && is_head(finals))? {
            Some(rest) => heard = rest,
            None => return Err(MalformedResponse::CutOff(answers)),
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// Reads the body of an answer; what follows it, or `None` if it is not all there.
fn body<'a>(
    rest: &'a [u8],
    answer: &mut Answer,
    to_head: bool,
) -> Result<Option<&'a [u8]>, MalformedResponse> {
    let broken = |what: &str| Err(MalformedResponse::Broken(what.to_owned()));
    let length = answer.field("content-length").map(str::to_owned);
    let chunked = answer.field("transfer-encoding").is_some();
    let bodiless = answer.status < 200 || answer.status == 204;
    if length.is_some() && chunked || bodiless && (length.is_some() || chunked) {
        return broken("a length too many");
    }
    if answer.status == 304 || bodiless || to_head {
        return Ok(Some(rest));
    }
    if chunked {
        return unchunk(rest, &mut answer.body);
    }
    match length.as_deref().map(str::parse::<usize>) {
        Some(Err(_)) => broken("a length that is none"),
        Some(Ok(length)) => Ok(rest.split_at_checked(length).map(|(body, rest)| {
            answer.body.extend_from_slice(body);
            rest
        })),
        None if !answer.closes() => broken("a body without an end"),
        None => {
            answer.body.extend_from_slice(rest);
            Ok(Some(&[]))
        }
    }
}

fn unchunk<'a>(mut rest: &'a [u8], body: &mut Vec<u8>) -> Result<Option<&'a [u8]>, MalformedResponse> {
    loop {
        let Some(end) = find(rest, b"\r\n") else { return Ok(None) };
        let size =
            std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else {
            return Err(MalformedResponse::Broken("a chunk without a size".to_owned()));
        };
        let Some((data, behind)) = rest[end + 2..].split_at_checked(size) else { return Ok(None) };
        body.extend_from_slice(data);
        match behind.split_at_checked(2) {
            Some((b"\r\n", behind)) if size == 0 => return Ok(Some(behind)),
            Some((b"\r\n", behind)) => rest = behind,
            Some(_) => return Err(MalformedResponse::Broken("a chunk without an end".to_owned())),
            None => return Ok(None),
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(heard: &[u8]) -> Result<Vec<u16>, MalformedResponse> {
        read(heard, |_| false).map(|answers| answers.iter().map(|answer| answer.status).collect())
    }

    #[test]
    fn answers_are_told_apart() {
        let heard = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 \r\n\r\n";
        assert_eq!(statuses(heard), Ok(vec![100, 200, 204]));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
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
