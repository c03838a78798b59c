//! The parsers of responses: what a client takes that a server refuses.
//!
//! Invariant: the result is the same at every split, and the end of every accepted response is certain.

use bantam::Rejection;
use bantam::wire::{
    BodyLength, ChunkDecoder, Method, ResponseHeadParser, members, request_head, response_head, unfold,
};

/// Parses in pieces of one size. Returns the end, or the offset and the reason of the refusal.
fn parse(bytes: &[u8], piece: usize) -> Result<Option<usize>, (usize, Rejection)> {
    let mut parser = ResponseHeadParser::new();
    for end in (piece..bytes.len()).step_by(piece).chain([bytes.len()]) {
        match parser.advance(&bytes[..end]) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(rejection) => return Err((parser.offset(), rejection)),
        }
    }
    Ok(None)
}

/// Parses at every size of pieces.
fn parse_each_way(text: &str) -> Result<Option<usize>, (usize, Rejection)> {
    let whole = parse(text.as_bytes(), text.len().max(1));
    for piece in 1..text.len() {
        assert_eq!(parse(text.as_bytes(), piece), whole, "{piece}: {text:?}");
    }
    whole
}

#[test]
fn a_head_has_a_status_and_perhaps_a_reason() {
    for (head, status, reason) in [
        ("HTTP/1.1 200 OK\r\n\r\n", 200, &b"OK"[..]),
        ("HTTP/1.0 404 Not\tFound \r\n\r\n", 404, b"Not\tFound"),
        ("HTTP/1.1 204 \r\n\r\n", 204, b""),
        ("HTTP/1.1 599\r\nA: b\r\n\r\n", 599, b""),
        ("HTTP/1.1 999 \u{e9}\r\n\r\n", 999, "\u{e9}".as_bytes()),
        ("HTTP/1.9 200 OK\r\n\r\n", 200, b"OK"),
        ("\r\n\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, b"OK"),
    ] {
        assert_eq!(parse_each_way(head), Ok(Some(head.len())));
        let (_, parsed) = response_head(head.as_bytes()).expect("accepted");
        assert_eq!((parsed.status.code(), parsed.reason), (status, reason), "{head:?}");
    }
}

#[test]
fn the_first_invalid_byte_is_refused_before_the_next_one() {
    for (front, bad, rejection) in [
        ("", " ", Rejection::BadVersion),
        ("", "h", Rejection::BadVersion),
        ("\r", "H", Rejection::BadStartLine),
        ("HTTP", "S", Rejection::BadVersion),
        ("HTTP/", "x", Rejection::BadVersion),
        ("HTTP/", "2", Rejection::VersionNotSupported),
        ("HTTP/1", ",", Rejection::BadVersion),
        ("HTTP/1.", "x", Rejection::BadVersion),
        ("HTTP/1.1", "\r", Rejection::BadStartLine),
        ("HTTP/1.1", "0", Rejection::BadStartLine),
        ("HTTP/1.1 ", " ", Rejection::BadStartLine),
        ("HTTP/1.1 ", "0", Rejection::BadStartLine),
        ("HTTP/1.1 20", " ", Rejection::BadStartLine),
        ("HTTP/1.1 200", "0", Rejection::BadStartLine),
        ("HTTP/1.1 200", "O", Rejection::BadStartLine),
        ("HTTP/1.1 200 O", "\0", Rejection::BadStartLine),
        ("HTTP/1.1 200 OK\r", "\r", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\n", " ", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\n", ":", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\nA", "\r", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\nA ", "b", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\nA: b", "\0", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\nA: b\r", "c", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c", "\u{7f}", Rejection::BadField),
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r", "\r", Rejection::BadField),
    ] {
        assert_eq!(parse_each_way(front), Ok(None));
        assert_eq!(parse_each_way(&[front, bad].concat()), Err((front.len(), rejection)), "{front:?}{bad:?}");
    }
}

/// The fields of a head.
fn fields(head: &[u8]) -> Vec<(String, String)> {
    let (_, head) = response_head(head).expect("accepted");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    head.headers.iter().map(|field| (text(field.name), text(field.value))).collect()
}

#[test]
fn lines_may_be_folded_end_in_lf_alone_and_have_a_space_before_the_colon() {
    let head = "HTTP/1.1 200 OK\nA:\r\n\tb\r\n  c\r\nD \t: e\nF: \n\r\n";
    assert_eq!(parse_each_way(head), Ok(Some(head.len())));
    let named =
        |values: [&str; 3]| ["A", "D", "F"].map(str::to_owned).into_iter().zip(values.map(str::to_owned));
    assert!(fields(head.as_bytes()).into_iter().eq(named(["b\r\n  c", "e", ""])));
    let mut bytes = head.as_bytes().to_vec();
    unfold(&mut bytes);
    assert!(fields(&bytes).into_iter().eq(named(["b    c", "e", ""])));
    // The server's half takes none of it.
    for line in ["A: b\r\n c\r\n", "A: b\n", "A : b\r\n"] {
        assert!(request_head(format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n").as_bytes()).is_err());
    }
}

#[test]
fn fields_of_requests_are_not_judged() {
    for line in ["Host: a b", "Host: a\r\nHost: b", "Expect: x"] {
        let head = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n");
        let (_, parsed) = response_head(head.as_bytes()).expect("accepted");
        assert_eq!(parsed.body_after(Method::Get), Ok(BodyLength::UntilClose), "{line}");
    }
}

/// The framing of a response with these fields to a GET.
fn body(version: &str, fields: &str) -> Result<BodyLength, Rejection> {
    let head = format!("HTTP/{version} 200 OK\r\n{fields}\r\n");
    response_head(head.as_bytes()).expect("accepted").1.body_after(Method::Get)
}

#[test]
fn a_body_has_the_end_that_rfc_9112_section_6_3_gives_it() {
    for (fields, end) in [
        ("", BodyLength::UntilClose),
        ("Content-Length: 5\r\n", BodyLength::Known(5)),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", BodyLength::Known(5)),
        ("Content-Length: 5, 05,\r\n 5\r\n", BodyLength::Known(5)),
        ("Content-Length:\r\n 5\r\n", BodyLength::Known(5)),
        ("Content-Length : 5\n", BodyLength::Known(5)),
        ("Transfer-Encoding: chunked\r\n", BodyLength::Chunked),
        ("Transfer-Encoding: , Chunked ,\r\n", BodyLength::Chunked),
        ("Transfer-Encoding :\r\n chunked\r\n", BodyLength::Chunked),
        // Other codings are left to the caller; the end is certain.
        ("Transfer-Encoding: gzip, chunked\r\n", BodyLength::Chunked),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", BodyLength::Chunked),
        ("Transfer-Encoding: gzip\r\n", BodyLength::UntilClose),
        ("Transfer-Encoding: chunked, gzip\r\n", BodyLength::UntilClose),
        ("Transfer-Encoding: gzip;level=\"9, chunked\"\r\n", BodyLength::UntilClose),
    ] {
        assert_eq!(body("1.1", fields), Ok(end), "{fields:?}");
    }
}

#[test]
fn an_end_that_two_clients_could_find_elsewhere_is_refused() {
    for fields in ["5, 6", "5,", "", "+5", "5\r\n 5", "18446744073709551616", "5\r\nContent-Length: 6"] {
        let end = body("1.1", &format!("Content-Length: {fields}\r\n"));
        assert_eq!(end, Err(Rejection::BadContentLength), "{fields:?}");
    }
    for codings in [
        "",
        ",",
        "chunked, chunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "gzip chunked",
        "chunked;a=b",
        "gzip\r\n chunked",
    ] {
        let end = body("1.1", &format!("Transfer-Encoding: {codings}\r\n"));
        assert_eq!(end, Err(Rejection::BadTransferEncoding), "{codings:?}");
    }
    for both in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n",
    ] {
        assert_eq!(body("1.1", both), Err(Rejection::AmbiguousLength), "{both:?}");
    }
    assert_eq!(body("1.0", "Transfer-Encoding: chunked\r\n"), Err(Rejection::BadTransferEncoding));
}

#[test]
fn the_body_depends_on_the_method_of_the_request_and_on_the_status() {
    let body = |status, method, length| {
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
        response_head(head.as_bytes()).expect("accepted").1.body_after(method)
    };
    assert_eq!(body(200, Method::Get, "5"), Ok(BodyLength::Known(5)));
    assert_eq!(body(407, Method::Connect, "5"), Ok(BodyLength::Known(5)));
    assert_eq!(body(205, Method::Get, "5"), Ok(BodyLength::Known(5)));
    // Framing fields say nothing where there is no body, not even wrong ones.
    for length in ["5", "x"] {
        assert_eq!(body(200, Method::Head, length), Ok(BodyLength::Known(0)));
        assert_eq!(body(200, Method::Connect, length), Ok(BodyLength::Known(0)));
        for status in [100, 101, 199, 204, 304] {
            assert_eq!(body(status, Method::Get, length), Ok(BodyLength::Known(0)), "{status}");
        }
    }
}

#[test]
fn persistence_follows_the_version_and_the_options() {
    for (version, fields, kept) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: x,\r\n close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: keep-alive\r\n", true),
        ("1.0", "Connection : keep-alive\n", true),
    ] {
        let text = format!("HTTP/{version} 200 OK\r\n{fields}\r\n");
        assert_eq!(response_head(text.as_bytes()).unwrap().1.persists(), kept, "{text}");
    }
}

/// Decodes a whole body in pieces of one size.
fn decode<const RESPONSE: bool>(
    mut decoder: ChunkDecoder<RESPONSE>,
    mut input: &[u8],
    piece: usize,
) -> Result<Vec<u8>, Rejection> {
    let mut body = Vec::new();
    while !decoder.is_done() {
        if input.is_empty() {
            return Err(Rejection::Truncated);
        }
        let step = decoder.decode(&input[..piece.min(input.len())])?;
        body.extend_from_slice(step.data);
        input = &input[step.used..];
    }
    Ok(body)
}

#[test]
fn chunks_of_a_response_may_be_padded_and_extended_in_any_form() {
    for line in ["1 ", "1 \t", "01  ", "1;", "1;a ", "1 ; a=b ", "1;=", "1;a=\"b", "1;a=\"b\"c", "1;a b@c"] {
        let input =
            format!("{line}\r\nx\r\n0{}\r\nA : b\r\n c\nD: e\n\r\n", &line[1..].trim_start_matches('1'));
        for piece in 1..=input.len() {
            let decoded = decode(ChunkDecoder::response(), input.as_bytes(), piece);
            assert_eq!(decoded, Ok(b"x".to_vec()), "{line:?}, {piece}");
        }
        assert!(decode(ChunkDecoder::new(), input.as_bytes(), 1).is_err(), "{line:?}");
    }
}

#[test]
fn chunks_whose_length_two_clients_could_read_differently_are_refused() {
    for line in [
        "",
        " 1",
        "1 1",
        "0x1",
        "+1",
        "1\n",
        "1\r",
        "1;a\n",
        "1;a\rb",
        "1;\0",
        "g",
        "1g",
        "10000000000000000",
    ] {
        let input = format!("{line}\r\nx\r\n0\r\n\r\n");
        for piece in [1, input.len()] {
            let decoded = decode(ChunkDecoder::response(), input.as_bytes(), piece);
            assert_eq!(decoded, Err(Rejection::BadChunk), "{line:?}");
        }
    }
    for data in ["1\r\nx\n0\r\n\r\n", "1\r\nxy\r\n0\r\n\r\n", "1\r\nx0\r\n\r\n"] {
        let decoded = decode(ChunkDecoder::response(), data.as_bytes(), 3);
        assert_eq!(decoded, Err(Rejection::BadChunk), "{data:?}");
    }
}

#[test]
fn trailers_of_a_response_are_field_lines_of_a_response() {
    for trailers in ["\n", "A \t: b\n\n", "A:\r\n b\r\n\tc\n\r\n"] {
        let decoded = decode(ChunkDecoder::response(), format!("0\r\n{trailers}").as_bytes(), 2);
        assert_eq!(decoded, Ok(Vec::new()), "{trailers:?}");
    }
    for trailers in [" A: b\r\n\r\n", "A: b\r\n:\r\n\r\n", "A \r\n\r\n", "A b: c\r\n\r\n", "A: b\r\r\n\r\n"] {
        let decoded = decode(ChunkDecoder::response(), format!("0\r\n{trailers}").as_bytes(), 2);
        assert_eq!(decoded, Err(Rejection::BadField), "{trailers:?}");
    }
}

/// A stream of events has a chunk for each event, without an end.
#[test]
fn a_response_of_many_padded_chunks_is_decoded_and_one_chunk_has_a_limit() {
    let many = [b"0001  ;a\r\nx\r\n".repeat(10_000).as_slice(), b"0\r\n\r\n"].concat();
    assert_eq!(decode(ChunkDecoder::response(), &many, 1000), Ok(vec![b'x'; 10_000]));
    let padded = [&b"1"[..], &[b' '; 5_000], b"\r\nx\r\n0\r\n\r\n"].concat();
    assert_eq!(decode(ChunkDecoder::response(), &padded, 1000), Err(Rejection::ChunkOverhead));
    let trailers = [&b"0\r\n"[..], &b"a: b\n".repeat(1_000)].concat();
    assert_eq!(decode(ChunkDecoder::response(), &trailers, 1000), Err(Rejection::ChunkOverhead));
}

#[test]
fn a_folded_list_is_read_after_it_is_unfolded() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nVary: a,\r\n\tb\n c\r\n\r\n\n body".to_vec();
    let end = ResponseHeadParser::new().advance(&bytes).expect("sound").expect("complete");
    unfold(&mut bytes[..end]);
    let (rest, head) = response_head(&bytes).expect("still a head");
    assert!(head.headers.all("vary").flat_map(members).eq([&b"a"[..], b"b  c"]));
    assert_eq!(rest, b"\n body", "the body is not touched");
}

const VARIED: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: \t a b \r\n\r\n",
    "\r\nHTTP/1.0 404 Not Found\r\nServer: x (y; z)\r\nSet-Cookie: a=\"b\"; c\r\n\r\n",
    "HTTP/1.1 204\nA: b\nC : d\n\n",
    "HTTP/1.1 200 OK\r\nVary: a,\r\n\tb,\n c\r\nConnection: close\r\n\r\n",
];

/// Every byte of each head replaced by every other, removed, or put before each. Both parsers take folded lines, spaces before
/// a colon and lines that end in LF.
#[test]
fn every_mutation_is_read_as_httparse_reads_it_or_refused_for_a_reason() {
    let mut config = httparse::ParserConfig::default();
    config
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true);
    let (mut cases, mut accepted, mut wrong) = (0, 0, Vec::new());
    let mut compare = |head: &[u8]| {
        cases += 1;
        let mut memory = [httparse::EMPTY_HEADER; 8];
        let mut theirs = httparse::Response::new(&mut memory);
        let their_end = config.parse_response(&mut theirs, head);
        let alike = match (response_head(head), their_end) {
            (Ok((rest, ours)), Ok(httparse::Status::Complete(end))) => {
                accepted += 1;
                let fields =
                    theirs.headers.iter().map(|field| (field.name.as_bytes(), field.value.trim_ascii()));
                head.len() - rest.len() == end
                    && theirs.code == Some(ours.status.code())
                    && ours.headers.iter().map(|field| (field.name, field.value)).eq(fields)
            }
            (Err(nom::Err::Incomplete(_)), Ok(httparse::Status::Partial)) => true,
            (Err(_), Err(_)) => true,
            // RFC 9110 section 2.5: 1.2 to 1.9 are read as 1.1.
            (_, Err(httparse::Error::Version)) => head.windows(7).any(|bytes| bytes == b"HTTP/1."),
            // The first bad byte is refused at once.
            (Err(nom::Err::Error(_)), Ok(httparse::Status::Partial)) => true,
            // RFC 9110 section 15: a status is 100 at least.
            (Err(nom::Err::Error(flaw)), Ok(httparse::Status::Complete(_))) => {
                flaw.rejection == Rejection::BadStartLine && theirs.code.is_some_and(|code| code < 100)
            }
            _ => false,
        };
        if !alike {
            wrong.push(head.escape_ascii().to_string());
        }
    };
    for head in VARIED.map(str::as_bytes) {
        for at in 0..head.len() {
            let (front, rest) = head.split_at(at);
            compare(&[front, &rest[1..]].concat());
            for byte in 0..=255 {
                compare(&[front, &[byte], rest].concat());
                compare(&[front, &[byte], &rest[1..]].concat());
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(cases > 100_000 && accepted > cases / 3, "{accepted} of {cases}");
}
