//! The decoder against the model: every split, every changed byte.

use bantam::wire::{
    Boundary, MultipartDecoder, MultipartEncoder, MultipartError, MultipartEvent, PartHead, PartSpec,
};
use bantam_tests::form_model::{self, FormPart};

use crate::bodies::{BOUNDARY, RECORDED, REFUSED};

fn decoder() -> MultipartDecoder<'static> {
    MultipartDecoder::new(Boundary::new(BOUNDARY).expect("valid"))
}

/// The parts of a body that comes in pieces of these sizes, in turn.
fn decode_with(
    mut decoder: MultipartDecoder<'_>,
    mut body: &[u8],
    pieces: &[usize],
) -> Result<Vec<FormPart>, MultipartError> {
    let (mut parts, mut part, mut head_is_whole) = (Vec::new(), FormPart::default(), false);
    for piece in pieces.iter().cycle() {
        if body.is_empty() {
            break;
        }
        let input = &body[..(*piece).min(body.len())];
        let step = decoder.decode(input)?;
        match step.event {
            MultipartEvent::Head(bytes, is_last) => {
                assert!(!head_is_whole, "one head a part");
                part.head.extend_from_slice(bytes);
                head_is_whole = is_last;
                if is_last {
                    PartHead::parse(&part.head)?;
                }
            }
            MultipartEvent::Data(bytes) => {
                assert!(head_is_whole && !bytes.is_empty());
                part.data.extend_from_slice(bytes);
            }
            MultipartEvent::PartEnd => {
                assert!(
                    std::mem::take(&mut head_is_whole),
                    "the head is complete before the end of its part"
                );
                parts.push(std::mem::take(&mut part));
            }
            MultipartEvent::Framing => assert_ne!(step.used, 0),
        }
        body = &body[step.used..];
    }
    decoder.finish()?;
    assert!(!head_is_whole && decoder.is_done());
    Ok(parts)
}

fn decode(body: &[u8], pieces: &[usize]) -> Result<Vec<FormPart>, MultipartError> {
    decode_with(decoder(), body, pieces)
}

#[test]
fn what_clients_send_is_read_at_every_split() {
    for recorded in &RECORDED {
        let (body, expected) = (recorded.body.as_bytes(), Some(recorded.parts()));
        assert_eq!(form_model::read_form(body, BOUNDARY), expected, "the model: {}", recorded.name);
        for piece in 1..=body.len() {
            assert_eq!(decode(body, &[piece]).ok(), expected, "{} in pieces of {piece}", recorded.name);
            assert_eq!(
                decode(body, &[piece, usize::MAX]).ok(),
                expected,
                "{} split at {piece}",
                recorded.name
            );
        }
    }
}

#[test]
fn what_is_cut_off_is_not_read() {
    for recorded in &RECORDED {
        let whole = recorded.body.find("--xyz--").expect("an end") + "--xyz--".len();
        for length in 0..whole {
            let result = decode(&recorded.body.as_bytes()[..length], &[7]);
            assert_eq!(result, Err(MultipartError::Truncated), "{} to {length}", recorded.name);
        }
    }
}

#[test]
fn what_is_ambiguous_is_refused_for_the_same_reason_at_every_split() {
    for (name, body, reason) in REFUSED {
        assert_eq!(form_model::read_form(body.as_bytes(), BOUNDARY), None, "the model: {name}");
        for piece in 1..=body.len().max(1) {
            assert_eq!(decode(body.as_bytes(), &[piece]), Err(reason), "{name} in pieces of {piece}");
        }
    }
}

#[test]
fn every_changed_missing_or_added_byte_is_read_as_the_model_reads_it() {
    for recorded in &RECORDED {
        let body = recorded.body.as_bytes();
        let check = |changed: &[u8], what: &str| {
            let expected = form_model::read_form(changed, BOUNDARY);
            for pieces in [&[usize::MAX][..], &[1], &[3, 11]] {
                let found = decode(changed, pieces).ok();
                assert_eq!(found, expected, "{}, {what}: {}", recorded.name, changed.escape_ascii());
            }
        };
        for at in 0..body.len() {
            for byte in [
                b'\r',
                b'\n',
                b'-',
                b' ',
                b'x',
                b'"',
                b'\\',
                b';',
                b':',
                b'%',
                0,
                0x7f,
                0xff,
                body[at] ^ 32,
                body[at] ^ 1,
            ] {
                let mut changed = body.to_vec();
                changed[at] = byte;
                check(&changed, "a byte is another");
                changed.insert(at, body[at]);
                check(&changed, "a byte more");
            }
            let mut changed = body.to_vec();
            changed.remove(at);
            check(&changed, "a byte less");
        }
    }
}

#[test]
fn parts_heads_and_what_is_between_them_have_limits() {
    let part = "Content-Disposition: form-data; name=a\r\n\r\n\r\n--xyz";
    let body = |count: usize| ["--xyz", &format!("\r\n{part}").repeat(count), "--"].concat();
    assert_eq!(decode(body(1000).as_bytes(), &[100]).map(|parts| parts.len()), Ok(1000));
    assert_eq!(decode(body(1001).as_bytes(), &[100]), Err(MultipartError::TooManyParts));
    let three = || decoder().max_parts(3);
    assert_eq!(decode_with(three(), body(3).as_bytes(), &[9]).map(|parts| parts.len()), Ok(3));
    assert_eq!(decode_with(three(), body(4).as_bytes(), &[9]), Err(MultipartError::TooManyParts));

    let most = usize::from(MultipartDecoder::MAX_OVERHEAD);
    let with = |before: usize, padding: usize, behind: usize| {
        let fill = |count: usize, byte: &str| byte.repeat(count);
        let (before, padding, behind) = (fill(before, "x"), fill(padding, " "), fill(behind, "x"));
        format!("{before}\r\n--xyz{padding}\r\n{part}--{padding}\r\n{behind}")
    };
    for pieces in [&[usize::MAX][..], &[1], &[100]] {
        for (before, padding, behind) in [(most, 0, 0), (0, most / 2, 0), (0, 0, most), (most - 10, 2, 6)] {
            let body = with(before, padding, behind);
            assert!(decode(body.as_bytes(), pieces).is_ok(), "{before} {padding} {behind}");
        }
        for (before, padding, behind) in
            [(most + 1, 0, 0), (0, most / 2 + 1, 0), (0, 0, most + 1), (most, 1, 0)]
        {
            let body = with(before, padding, behind);
            assert_eq!(
                decode(body.as_bytes(), pieces),
                Err(MultipartError::TooLong),
                "{before} {padding} {behind}"
            );
        }
        let long = |count: usize| format!("--xyz\r\nX: {}\r\n{part}--", "x".repeat(count));
        assert!(decode(long(4000).as_bytes(), pieces).is_ok());
        assert_eq!(decode(long(4096).as_bytes(), pieces), Err(MultipartError::TooLong));
    }
}

#[test]
fn an_error_stays() {
    let mut decoder = decoder();
    for input in [&b"--xyz!"[..], b"--xyz--", b"x"] {
        assert_eq!(decoder.decode(input), Err(MultipartError::BadDelimiter));
        assert_eq!(decoder.finish(), Err(MultipartError::Truncated));
    }
}

#[test]
fn what_the_encoder_writes_is_read_back() {
    let parts = [
        (PartSpec::field("a"), &b""[..]),
        (PartSpec::file("b\"\r\n", "ä.txt", "text/plain"), b"\r\n--xy\r\n"),
        (PartSpec::field(""), b"--xy"),
    ];
    for count in 0..=parts.len() {
        let mut encoder = MultipartEncoder::new(Boundary::new(BOUNDARY).expect("valid"));
        let (mut memory, mut body) = ([0; 256], Vec::new());
        for (part, data) in &parts[..count] {
            body.extend_from_slice(encoder.part(&mut memory, part).expect("room"));
            body.extend_from_slice(data);
        }
        body.extend_from_slice(encoder.end(&mut memory).expect("room"));
        let read = decode(&body, &[5]).expect("valid");
        assert_eq!(read.len(), count);
        for (found, (part, data)) in read.iter().zip(parts) {
            let head = PartHead::parse(&found.head).expect("valid");
            assert!(head.name == part.name && found.data == data);
            assert_eq!(head.content_type, part.content_type.map(str::as_bytes));
        }
    }
}
