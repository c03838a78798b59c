//! Compares the request parser with httparse.
//!
//! Invariant: both read every mutated head alike, or the difference has one of the listed reasons.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bantam::Rejection;
use bantam::wire::{Uri, Version, request_head};
use httparse::{EMPTY_HEADER, Header, Request, Status};

/// The heads of `tests/bench-parser`.
#[path = "../bench/parser/src/heads.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with bench-parser, which prints the names")]
mod heads;

/// Heads that cover all parts of the grammar.
const VARIED: [&str; 5] = [
    "GET /a/b?c=d%20e HTTP/1.1\r\nHost: a.example\r\nAccept: text/html, */*;q=0.5\r\nUser-Agent: x (y; z)\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a.example:8080\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\n",
    "PUT /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\nX:\r\nCookie: a=b; c=\"d\"\r\n\r\n",
    "HEAD http://b.example/c HTTP/1.1\r\nHost:a\r\nIf-None-Match: \"x\", W/\"y\"\r\nConnection: close, te\r\n\r\n",
    "\r\nOPTIONS * HTTP/1.1\r\nhost: a\t\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
];

/// The result of a parser.
#[derive(Debug, PartialEq, Eq)]
enum Reading<'h> {
    Whole { end: usize, method: &'h str, minor: u8, fields: Vec<(&'h [u8], &'h [u8])> },
    Incomplete,
    Refused,
}

/// Why two results differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// RFC 9112 section 2.2: a line MAY end in LF alone. This parser requires CR LF.
    BareLf,
    /// RFC 9110 section 2.5: 1.2 to 1.9 are read as 1.1.
    Minor,
    /// RFC 9112 section 3.2: the target has a character that no client sends as it stands, or is not of a form for its method.
    Target,
    /// RFC 9112 section 3.2: not exactly one valid Host.
    Host,
    /// RFC 9112 section 6.3: the length is not a single number.
    Length,
    /// RFC 9112 section 6.1: the coding is not a single `chunked`, or the version is 1.0.
    Coding,
    /// RFC 9110 section 10.1.1: another expectation.
    Expectation,
}

/// Visits the head with each byte replaced by every other or removed, and with `put_in` every byte inserted everywhere; stops
/// when `visit` breaks.
fn mutations(head: &[u8], put_in: bool, visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
    for at in 0..=head.len() {
        let (front, rest) = head.split_at(at);
        for byte in 0..=255 {
            if put_in {
                visit(&[front, &[byte], rest].concat())?;
            }
            if let [_, rest @ ..] = rest {
                visit(&[front, &[byte], rest].concat())?;
            }
        }
        visit(&[front, rest.get(1..).unwrap_or(&[])].concat())?;
    }
    ControlFlow::Continue(())
}

fn trimmed(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let front = value.iter().take_while(|byte| is_space(byte)).count();
    let back = value[front..].iter().rev().take_while(|byte| is_space(byte)).count();
    &value[front..value.len() - back]
}

fn ours(head: &[u8]) -> (Reading<'_>, Option<Rejection>) {
    match request_head(head) {
        Ok((rest, parsed)) => {
            let fields = parsed.headers.iter().map(|field| (field.name, field.value));
            let (method, minor) = (parsed.method.as_str(), u8::from(parsed.version == Version::Http11));
            let end = head.len() - rest.len();
            (Reading::Whole { end, method, minor, fields: fields.collect() }, None)
        }
        Err(nom::Err::Incomplete(_)) => (Reading::Incomplete, None),
        Err(nom::Err::Error(flaw) | nom::Err::Failure(flaw)) => (Reading::Refused, Some(flaw.rejection)),
    }
}

fn theirs<'h>(head: &'h [u8], request: &mut Request<'_, 'h>) -> Reading<'h> {
    match request.parse(head) {
        Ok(Status::Complete(end)) => {
            let fields = request.headers.iter().map(|field| (field.name.as_bytes(), trimmed(field.value)));
            let (method, minor) = (request.method.unwrap_or_default(), request.version.unwrap_or(9));
            Reading::Whole { end, method, minor, fields: fields.collect() }
        }
        Ok(Status::Partial) => Reading::Incomplete,
        Err(_) => Reading::Refused,
    }
}

/// The values of a field.
fn values<'h>(fields: &[Header<'h>], name: &str) -> Vec<&'h [u8]> {
    fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value).collect()
}

fn is_reg_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte)
}

fn is_host(value: &[u8]) -> bool {
    let value = trimmed(value);
    let mut parts = value.split(|byte| *byte == b':');
    let host = parts.next().is_none_or(|host| host.iter().all(is_reg_name));
    let port = parts.next().is_none_or(|port| {
        let digits = port.iter().all(u8::is_ascii_digit);
        digits && (port.is_empty() || str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok()))
    });
    host && port && parts.next().is_none()
}

/// Origin-form as the URL standard writes it, with sound escapes in the path.
fn is_origin_form(target: &str) -> bool {
    let is_escape = |piece: &str| piece.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    let sound = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>".contains(&byte);
    let path = target.split('?').next().unwrap_or_default();
    target.starts_with('/')
        && target.bytes().all(sound)
        && !path.contains('\\')
        && path.split('%').skip(1).all(is_escape)
}

/// The reason to refuse a head that httparse accepts, if its result shows one.
fn reason(head: &[u8], request: &Request<'_, '_>, rejection: Rejection) -> Option<Reason> {
    let fields = &*request.headers;
    let all = |name| values(fields, name);
    let (hosts, lengths, codings) = (all("host"), all("content-length"), all("transfer-encoding"));
    let number = |value: &[u8]| {
        str::from_utf8(value)
            .is_ok_and(|text| text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok())
    };
    let bare = head.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || head[at - 1] != b'\r'));
    let found = match rejection {
        Rejection::BadStartLine | Rejection::BadField | Rejection::BadVersion if bare => Reason::BareLf,
        Rejection::BadTarget | Rejection::BadStartLine if !request.path.is_some_and(is_origin_form) => {
            Reason::Target
        }
        Rejection::BadHost if hosts.len() > 1 || !hosts.iter().all(|host| is_host(host)) => Reason::Host,
        Rejection::BadHost if hosts.is_empty() && request.version == Some(1) => Reason::Host,
        Rejection::BadContentLength
            if lengths.len() > 1 || !lengths.iter().all(|length| number(trimmed(length))) =>
        {
            Reason::Length
        }
        Rejection::BadTransferEncoding | Rejection::UnknownTransferCoding
            if codings.iter().any(|coding| !trimmed(coding).eq_ignore_ascii_case(b"chunked"))
                || codings.len() > 1
                || request.version == Some(0) =>
        {
            Reason::Coding
        }
        Rejection::ExpectationFailed
            if all("expect").iter().any(|value| !trimmed(value).eq_ignore_ascii_case(b"100-continue")) =>
        {
            Reason::Expectation
        }
        _ => return None,
    };
    Some(found)
}

/// Compares every mutation of a head, and counts the reasons. Returns the number of mutations.
fn compare(head: &[u8], put_in: bool, reasons: &mut BTreeMap<Reason, usize>) -> usize {
    let (mut cases, mut wrong) = (0, Vec::new());
    let _ = mutations(head, put_in, &mut |head| {
        cases += 1;
        let mut fields = [EMPTY_HEADER; 48];
        let mut request = Request::new(&mut fields);
        let ((ours, rejection), theirs) = (ours(head), theirs(head, &mut request));
        let found = match (&ours, &theirs, rejection) {
            _ if ours == theirs => {
                if let (Reading::Whole { .. }, Ok((_, parsed))) = (&ours, request_head(head)) {
                    let target = request.path.unwrap_or_default().as_bytes();
                    assert_eq!(Uri::target(parsed.method, target), Ok(parsed.uri), "{}", head.escape_ascii());
                }
                return ControlFlow::Continue(());
            }
            (Reading::Refused, _, Some(rejection)) => reason(head, &request, rejection),
            (Reading::Whole { minor: 1, .. } | Reading::Incomplete, Reading::Refused, _) => {
                let minors: Vec<_> = (b'2'..=b'9').map(|minor| [b"HTTP/1.", &[minor][..]].concat()).collect();
                let newer = minors.iter().any(|minor| head.windows(8).any(|window| window == minor));
                newer.then_some(Reason::Minor)
            }
            _ => None,
        };
        match found {
            Some(reason) => *reasons.entry(reason).or_insert(0) += 1,
            None => wrong.push(format!("{}\n  {ours:?} {rejection:?}\n  {theirs:?}", head.escape_ascii())),
        }
        if wrong.len() < 20 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(wrong.is_empty(), "after {cases} cases and {reasons:?}:\n{}", wrong.join("\n"));
    cases
}

#[test]
fn every_mutation_of_a_typical_head_is_read_alike_or_differs_for_a_reason() {
    let mut reasons = BTreeMap::new();
    let cases: usize = VARIED.iter().map(|head| compare(head.as_bytes(), true, &mut reasons)).sum();
    // Every reason occurs.
    assert!(cases > 200_000 && reasons.len() == 7, "{cases} cases: {reasons:?}");
}

#[test]
fn every_mutation_of_a_head_that_is_measured_is_read_alike_or_differs_for_a_reason() {
    std::thread::scope(|scope| {
        // The longest head takes as long as all others together.
        let (others, longest) = heads::HEADS.split_at(4);
        for some in [others, longest] {
            scope.spawn(move || {
                for head in some {
                    let cases = compare(head.bytes, false, &mut BTreeMap::new());
                    assert_eq!(cases, head.bytes.len() * 257 + 1, "{}", head.name);
                }
            });
        }
    });
}
