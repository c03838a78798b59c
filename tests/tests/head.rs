//! The parser of request heads.
//!
//! Invariant: a head is accepted at its last byte and refused at its first invalid byte, at every split.

use bantam::wire::{BodyLength, HeadParser, Version, request_head};
use bantam::{Rejection, nom};

const REQUESTS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\nOPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
    "POST http://[::1]:80/a%20b?c HTTP/1.0\r\nX-A: \t b c \t\r\nx!#$%&'*+-.^_`|~: \x7e\u{e9}\r\n\r\n",
    "!#$%&'*+-.^_`|~ /-._~!$&'()*+,;=:@%00?/? HTTP/1.9\r\nHost: a\r\nA:b\r\n\r\n",
];

/// Feeds a parser byte by byte. Returns its end, or the offset and the reason of the refusal.
fn parse_bytewise(mut parser: HeadParser, bytes: &[u8]) -> Result<Option<usize>, (usize, Rejection)> {
    for end in 1..=bytes.len() {
        match parser.advance(&bytes[..end]) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(rejection) => return Err((parser.offset(), rejection)),
        }
    }
    Ok(None)
}

#[test]
fn every_front_of_a_head_is_incomplete_and_its_end_is_found_at_every_split() {
    for text in REQUESTS {
        let bytes = text.as_bytes();
        for end in 0..bytes.len() {
            assert_eq!(HeadParser::request().advance(&bytes[..end]), Ok(None), "{text:?} up to {end}");
            let mut parser = HeadParser::request();
            assert_eq!(parser.advance(&bytes[..end]), Ok(None));
            assert_eq!(
                parser.advance(&[bytes, b"more"].concat()),
                Ok(Some(bytes.len())),
                "{text:?} split at {end}"
            );
        }
        assert_eq!(parse_bytewise(HeadParser::request(), bytes), Ok(Some(bytes.len())));
    }
}

#[test]
fn a_head_that_is_complete_stays_so() {
    let bytes = REQUESTS[0].as_bytes();
    let mut parser = HeadParser::request();
    assert_eq!(parser.advance(bytes), Ok(Some(bytes.len())));
    assert_eq!(parser.advance(bytes), Ok(Some(bytes.len())));
    assert_eq!(parser.offset(), bytes.len());
}

#[test]
fn an_invalid_byte_is_refused_before_the_next_byte() {
    for (front, bad, rejection) in [
        ("", "(", Rejection::BadStartLine),
        ("", " ", Rejection::BadStartLine),
        ("", "\n", Rejection::BadStartLine),
        ("\r", "x", Rejection::BadStartLine),
        ("GET", "\t", Rejection::BadStartLine),
        ("GET ", " ", Rejection::BadStartLine),
        ("GET /", "\r", Rejection::BadTarget),
        ("GET /a", "<", Rejection::BadTarget),
        ("GET /a", "\u{e9}", Rejection::BadTarget),
        ("GET / ", "h", Rejection::BadVersion),
        ("GET / HTT", "X", Rejection::BadVersion),
        ("GET / HTTP/1.1", " ", Rejection::BadStartLine),
        ("GET / HTTP/1.1", "\n", Rejection::BadStartLine),
        ("GET / HTTP/1.1\r", "\r", Rejection::BadField),
        ("GET / HTTP/1.1\r\n", " ", Rejection::BadField),
        ("GET / HTTP/1.1\r\n", ":", Rejection::BadField),
        ("GET / HTTP/1.1\r\nHost", " ", Rejection::BadField),
        ("GET / HTTP/1.1\r\nHost: a", "\n", Rejection::BadField),
        ("GET / HTTP/1.1\r\nHost: a", "\0", Rejection::BadField),
        ("GET / HTTP/1.1\r\nHost: a\r", "b", Rejection::BadField),
        ("GET / HTTP/1.1\r\nHost: a\r\n", "\t", Rejection::BadField),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r", "a", Rejection::BadField),
    ] {
        let bytes = [front, bad].concat();
        let mut parser = HeadParser::request();
        assert_eq!(parser.advance(bytes.as_bytes()), Err(rejection), "{bytes:?}");
        let dripped = parse_bytewise(HeadParser::request(), bytes.as_bytes()).expect_err("refused");
        assert_eq!(dripped.1, rejection, "{bytes:?}");
        assert_eq!((parser.offset(), dripped.0), (front.len(), front.len()), "{bytes:?}");
    }
}

#[test]
fn every_byte_is_allowed_only_where_the_grammar_has_it() {
    let accepts = |head: Vec<u8>| HeadParser::request().advance(&head).is_ok();
    for byte in 0..=255u8 {
        let alphanumeric = byte.is_ascii_alphanumeric();
        let token = alphanumeric || b"!#$%&'*+-.^_`|~".contains(&byte);
        let with = |front: &str, behind: &str| [front.as_bytes(), &[byte], behind.as_bytes()].concat();
        assert_eq!(accepts(with("G", " / HTTP/1.1\r\n")), token, "method {byte:#x}");
        assert_eq!(accepts(with("GET / HTTP/1.1\r\nX", ": y\r\n")), token || byte == b':', "name {byte:#x}");
        let value = byte == b'\t' || byte >= b' ' && byte != 0x7f;
        assert_eq!(accepts(with("GET / HTTP/1.1\r\nX: a", "b\r\n")), value, "value {byte:#x}");
        let target = byte.is_ascii_graphic() && !b"\"#<>".contains(&byte);
        assert_eq!(accepts(with("GET /", " HTTP/1.1\r\n")), target, "target {byte:#x}");
    }
}

#[test]
fn an_unsupported_version_is_505() {
    for (version, expected) in [
        ("HTTP/1.0", Ok(Version::Http10)),
        ("HTTP/1.1", Ok(Version::Http11)),
        ("HTTP/1.2", Ok(Version::Http11)),
        ("HTTP/2.0", Err(Rejection::VersionNotSupported)),
        ("HTTP/0.9", Err(Rejection::VersionNotSupported)),
        ("HTTP/3", Err(Rejection::BadVersion)),
        ("HTTP/1,1", Err(Rejection::BadVersion)),
        ("HTTP/11.1", Err(Rejection::BadVersion)),
        ("HTTP/1.10", Err(Rejection::BadStartLine)),
        ("HTTPS/1.1", Err(Rejection::BadVersion)),
        ("http/1.1", Err(Rejection::BadVersion)),
        ("", Err(Rejection::BadVersion)),
    ] {
        let head = format!("GET / {version}\r\nHost: a\r\n\r\n");
        let mut parser = HeadParser::request();
        let parsed = parser.advance(head.as_bytes()).and_then(|_| parser.request_head(head.as_bytes()));
        assert_eq!(parsed.map(|head| head.version), expected, "{version}");
    }
}

#[test]
fn a_request_head_is_a_view_over_its_bytes() {
    let (rest, head) = request_head(REQUESTS[2].as_bytes()).expect("accepted");
    assert!(rest.is_empty());
    assert_eq!(
        (head.method.as_str(), head.uri.authority, head.uri.path),
        ("POST", Some("[::1]:80"), "/a%20b")
    );
    assert_eq!((head.uri.query, head.version, head.body), (Some("c"), Version::Http10, BodyLength::Known(0)));
    assert_eq!(head.headers.first("x-a"), Some(&b"b c"[..]));
    assert_eq!((head.host(), head.persists()), (Some("[::1]:80"), false));
}

#[test]
fn a_nom_error_has_offset_and_reason() {
    let input = b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n";
    let Err(nom::Err::Error(flaw)) = request_head(input) else { panic!("accepted") };
    assert_eq!((flaw.offset(input), flaw.rejection), (26, Rejection::BadField));
    assert!(matches!(request_head(&input[..20]), Err(nom::Err::Incomplete(_))));
}

#[test]
fn a_field_is_not_taken_for_another_of_the_same_length() {
    let message =
        b"GET / HTTP/1.1\r\nHost: a\r\nFrom: a b\r\nAccept: tea\r\nConnection: upgrade\r\nWarning: x\r\nUser-Agent: close\r\n\
        Content-Digest: x\r\nIf-Modified-Since: x\r\n\r\n";
    let (_, head) = request_head(message).expect("sound");
    assert_eq!(head.body, BodyLength::Known(0));
    assert!(head.persists() && !head.expects_continue() && !head.offers_upgrade());
}

/// Parses a request head with these fields, in one piece and byte by byte.
fn each_way(fields: &str, look: impl Fn(bantam::wire::RequestHead<'_>)) {
    let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    look(request_head(text.as_bytes()).expect("a head").1);
    let mut parser = HeadParser::request();
    (1..=text.len()).for_each(|end| assert!(parser.advance(&text.as_bytes()[..end]).is_ok()));
    look(parser.request_head(text.as_bytes()).expect("a head"));
}

/// Another name of the same length and first letter.
#[test]
fn a_field_similar_to_a_known_one_has_no_effect() {
    each_way("Connectoin: close\r\nHops: b\r\nExpact: x\r\n", |head| {
        assert!(head.persists() && !head.expects_continue());
    });
    each_way("Connection: upgrade\r\nUpgrode: x\r\n", |head| assert!(!head.offers_upgrade()));
    each_way("Connection: upgrade\r\nUpgrade: x\r\n", |head| assert!(head.offers_upgrade()));
    each_way("Content-Langth: 5\r\nTransfer-Encodinx: chunked\r\n", |head| {
        assert_eq!(head.body, BodyLength::Known(0));
    });
}

#[test]
fn a_coding_without_its_comma_is_refused() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip foo, chunked\r\n\r\n";
    assert!(
        matches!(request_head(request), Err(nom::Err::Error(flaw)) if flaw.rejection == Rejection::BadTransferEncoding)
    );
}
