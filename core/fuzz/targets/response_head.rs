//! Fuzz target: response heads, compared with httparse.
//!
//! Invariant: both parsers agree, or differ for a reason listed here.

#![no_main]

use bantam::wire::{BodyLength, Method, Version, response_head, unfold};
use bantam::{Rejection, nom};
use httparse::{EMPTY_HEADER, Response, Status};
use libfuzzer_sys::fuzz_target;

/// The limit of fields in httparse. Heads beyond it are not compared.
const FIELDS: usize = 64;

fn compare(head: &[u8]) {
    let mut fields = [EMPTY_HEADER; FIELDS];
    let mut other = Response::new(&mut fields);
    let mut config = httparse::ParserConfig::default();
    config
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true);
    let theirs = config.parse_response(&mut other, head);
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
            assert!(!ours.reason.is_ascii() || ours.reason == reason.as_bytes().trim_ascii());
            let pairs = ours.headers.iter().map(|field| (field.name, field.value));
            assert!(
                pairs.eq(other.headers.iter().map(|field| (field.name.as_bytes(), field.value.trim_ascii())))
            );
        }
        (Err(nom::Err::Incomplete(_)), Ok(Status::Partial)) => {}
        // RFC 9110 section 2.5: a higher minor version is read as 1.1; of another major version bantam awaits the minor.
        (Ok((_, ours)), Err(httparse::Error::Version)) => assert_eq!(ours.version, Version::Http11),
        (Err(nom::Err::Incomplete(_)), Err(httparse::Error::Version)) => {
            assert!(head.trim_ascii_start().starts_with(b"HTTP/"))
        }
        // Bantam refuses the first bad byte at once; httparse may await more or refuse it as well.
        (Err(nom::Err::Error(_) | nom::Err::Failure(_)), Ok(Status::Partial) | Err(_)) => {}
        (Err(nom::Err::Error(error) | nom::Err::Failure(error)), Ok(Status::Complete(_))) => {
            // RFC 9110 section 15: a status is 100 to 999.
            let too_low = other.code.is_some_and(|code| code < 100);
            assert!(too_low && error.rejection == Rejection::BadStartLine, "{:?}", error.rejection);
        }
        (ours, theirs) => panic!("{ours:?}, but {theirs:?}"),
    }
}

fuzz_target!(|data: &[u8]| {
    compare(data);
    let Ok((rest, head)) = response_head(data) else { return };
    assert_eq!(head.body_after(Method::Head), Ok(BodyLength::Known(0)));
    let (length, coding) = (head.headers.first("content-length"), head.headers.first("transfer-encoding"));
    match head.body_after(Method::Get) {
        Ok(BodyLength::Chunked) => assert!(coding.is_some() && length.is_none()),
        Ok(BodyLength::UntilClose) => assert!(length.is_none()),
        Ok(BodyLength::Known(count)) if count > 0 => assert!(coding.is_none() && length.is_some()),
        Ok(BodyLength::Known(_)) => assert!(length.is_some() || head.status.is_bodiless()),
        Err(_) => assert!(coding.is_some() || length.is_some()),
    }
    assert!(head.persists() || head.version == Version::Http10 || head.headers.first("connection").is_some());
    // Unfolded, the head has the same fields without line ends in them, and the same framing.
    let mut unfolded = data[..data.len() - rest.len()].to_vec();
    unfold(&mut unfolded);
    let (_, same) = response_head(&unfolded).expect("a head");
    assert!(same.headers.iter().all(|field| !field.value.iter().any(|byte| matches!(byte, b'\r' | b'\n'))));
    assert!(same.headers.iter().map(|field| field.name).eq(head.headers.iter().map(|field| field.name)));
    assert_eq!(same.body_after(Method::Get), head.body_after(Method::Get));
    assert_eq!(same.persists(), head.persists());
});
