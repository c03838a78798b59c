//! Fuzz target: response heads, compared with httparse.
//!
//! Invariant: both parsers agree, or differ for a reason listed here.

#![no_main]

use bantam::Rejection;
use bantam::wire::{BodyLength, Method, Version, response_head};
use httparse::{EMPTY_HEADER, Response, Status};
use libfuzzer_sys::fuzz_target;

/// The limit of fields in httparse. Heads beyond it are not compared.
const FIELDS: usize = 64;

fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn has_bare_lf(head: &[u8]) -> bool {
    head.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || head[at - 1] != b'\r'))
}

/// Returns true if bantam may refuse a head that httparse accepts.
fn justified(head: &[u8], theirs: &Response<'_, '_>, rejection: Rejection) -> bool {
    let all = |name: &str| -> Vec<&[u8]> {
        let named = theirs.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| trimmed(field.value)).collect()
    };
    let decimal = |value: &&[u8]| {
        value.iter().all(u8::is_ascii_digit)
            && str::from_utf8(value).is_ok_and(|text| text.parse::<u64>().is_ok())
    };
    match rejection {
        // RFC 9112 section 2.2: a parser MAY accept LF alone. Bantam requires CR LF.
        Rejection::BadStartLine | Rejection::BadField | Rejection::BadVersion if has_bare_lf(head) => true,
        // Section 2.2 allows empty lines in front of a request only.
        Rejection::BadVersion => head.starts_with(b"\r"),
        // RFC 9110 section 15: a status is 100 to 999.
        Rejection::BadStartLine => theirs.code.is_some_and(|code| code < 100),
        // RFC 9112 section 6.3: the length is one number.
        Rejection::BadContentLength => {
            let lengths = all("content-length");
            lengths.len() > 1 || !lengths.iter().all(decimal)
        }
        // Section 6.1: nothing but one `chunked` ends a body.
        Rejection::BadTransferEncoding => {
            let codings = all("transfer-encoding");
            codings.len() > 1 || codings.iter().any(|coding| !coding.eq_ignore_ascii_case(b"chunked"))
        }
        // RFC 9110 sections 7.2 and 10.1.1: fields of requests, checked in a response too.
        Rejection::BadHost => !all("host").is_empty(),
        Rejection::ExpectationFailed => {
            all("expect").iter().any(|value| !value.eq_ignore_ascii_case(b"100-continue"))
        }
        _ => false,
    }
}

fn compare(head: &[u8]) {
    let mut fields = [EMPTY_HEADER; FIELDS];
    let mut other = Response::new(&mut fields);
    let theirs = other.parse(head);
    if theirs == Err(httparse::Error::TooManyHeaders) {
        return;
    }
    match (response_head(head), theirs) {
        (Ok((rest, ours)), Ok(Status::Complete(end))) => {
            assert_eq!(head.len() - rest.len(), end);
            assert_eq!(
                (Some(ours.status.code()), u8::from(ours.version == Version::Http11)),
                (other.code, other.version.unwrap())
            );
            let reason = other.reason.unwrap_or_default();
            assert!(!ours.reason.is_ascii() || trimmed(ours.reason) == trimmed(reason.as_bytes()));
            let pairs = ours.headers.iter().map(|field| (field.name, field.value));
            assert!(pairs.eq(other.headers.iter().map(|field| (field.name, trimmed(field.value)))));
        }
        (Err(nom::Err::Incomplete(_)), Ok(Status::Partial)) => {}
        // RFC 9110 section 2.5: a higher minor version is read as 1.1; of another major version bantam awaits the minor.
        (Ok((_, ours)), Err(httparse::Error::Version)) => assert_eq!(ours.version, Version::Http11),
        (Err(nom::Err::Incomplete(_)), Err(httparse::Error::Version)) => assert!(head.starts_with(b"HTTP/")),
        // Bantam refuses the first bad byte at once; httparse may await more or refuse it as well.
        (Err(nom::Err::Error(_) | nom::Err::Failure(_)), Ok(Status::Partial) | Err(_)) => {}
        (Err(nom::Err::Error(error) | nom::Err::Failure(error)), Ok(Status::Complete(_))) => {
            assert!(justified(head, &other, error.rejection), "{:?}", error.rejection);
        }
        (ours, theirs) => panic!("{ours:?}, but {theirs:?}"),
    }
}

fuzz_target!(|data: &[u8]| {
    compare(data);
    let Ok((_, head)) = response_head(data) else { return };
    assert_eq!(head.body_after(Method::Head), Ok(BodyLength::Known(0)));
    let (length, coding) = (head.headers.first("content-length"), head.headers.first("transfer-encoding"));
    match head.body_after(Method::Get) {
        Ok(BodyLength::Chunked) => assert!(coding.is_some() && length.is_none()),
        Ok(BodyLength::UntilClose) => assert!(coding.is_none() && length.is_none()),
        Ok(BodyLength::Known(count)) if count > 0 => assert!(coding.is_none() && length.is_some()),
        Ok(BodyLength::Known(_)) => assert!(length.is_some() || head.status.is_bodiless()),
        Err(_) => assert!(coding.is_some()),
    }
    assert!(head.persists() || head.version == Version::Http10 || head.headers.first("connection").is_some());
});
