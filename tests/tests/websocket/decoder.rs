//! The decoder at every split and with every changed byte; its limits; the client's side.

use bantam::wire::{CloseCode, FrameHeader, Opcode, WebSocketDecoder, WebSocketError, mask};

use crate::case::{CLOSE, FIN, Frame, PING, TEXT, binary, close, fragments, frame, text};

/// A whole message or control frame.
type Found = (Opcode, Vec<u8>);

/// What the decoder finds in reads of these sizes, in turn, and its error.
fn decode_with(
    mut decoder: WebSocketDecoder,
    bytes: &[u8],
    pieces: &[usize],
) -> (Vec<Found>, Option<WebSocketError>) {
    let (mut bytes, mut found) = (bytes.to_vec(), Vec::new());
    let (mut message, mut control) = (Vec::new(), Vec::new());
    let mut rest = &mut bytes[..];
    for piece in pieces.iter().cycle() {
        let length = (*piece).min(rest.len());
        if length == 0 {
            break;
        }
        let step = match decoder.decode(&mut rest[..length]) {
            Ok(step) => step,
            Err(error) => {
                assert!(decoder.is_closed());
                return (found, Some(error));
            }
        };
        if let Some(piece) = step.piece {
            assert_ne!(piece.opcode, Opcode::Continuation);
            let collected = if piece.opcode.is_control() { &mut control } else { &mut message };
            collected.extend_from_slice(piece.data);
            if piece.is_last {
                found.push((piece.opcode, std::mem::take(collected)));
            }
        }
        let used = step.used;
        assert_ne!(used, 0);
        rest = &mut rest[used..];
    }
    (found, None)
}

fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.bytes(Some([1, 2, 3, 4]))).collect()
}

fn samples() -> Vec<Vec<u8>> {
    let mut mixed = fragments(TEXT, ["aä", "", "€x"]);
    mixed.insert(1, frame(PING, "ping"));
    vec![
        bytes(&[text("Hello"), binary([7; 130]), frame(PING, ""), close(1001, "bye ä")]),
        bytes(&mixed),
        bytes(&[text(""), frame(CLOSE, "")]),
    ]
}

#[test]
fn messages_are_the_same_at_every_split() {
    for sample in samples() {
        let whole = decode_with(WebSocketDecoder::server(), &sample, &[usize::MAX]);
        assert!(whole.1.is_none() && whole.0.len() >= 2);
        for piece in 1..=sample.len() {
            assert_eq!(decode_with(WebSocketDecoder::server(), &sample, &[piece]), whole, "{piece}");
            assert_eq!(
                decode_with(WebSocketDecoder::server(), &sample, &[piece, usize::MAX]),
                whole,
                "{piece}"
            );
        }
    }
    let (found, _) = decode_with(WebSocketDecoder::server(), &samples()[1], &[1]);
    assert_eq!(found, [(Opcode::Ping, b"ping".to_vec()), (Opcode::Text, "aä€x".into())]);
}

#[test]
fn every_changed_byte_is_judged_alike_at_every_split() {
    for sample in samples() {
        for at in 0..sample.len() {
            for byte in 0..=255 {
                let mut changed = sample.clone();
                changed[at] = byte;
                let whole = decode_with(WebSocketDecoder::server(), &changed, &[usize::MAX]);
                for pieces in [&[1][..], &[3, 5]] {
                    assert_eq!(
                        decode_with(WebSocketDecoder::server(), &changed, pieces),
                        whole,
                        "{at} {byte}"
                    );
                }
            }
        }
    }
}

#[test]
fn frames_that_break_a_rule_are_refused_by_their_first_wrong_byte() {
    use WebSocketError::{
        BadClose, BadControl, BadFragment, BadLength, BadMask, BadOpcode, NotUtf8, ReservedBits,
    };
    for (bytes, error, code) in [
        (&b"\xc1"[..], ReservedBits, 1002),
        (b"\x83", BadOpcode, 1002),
        (b"\x8b", BadOpcode, 1002),
        (b"\x80", BadFragment, 1002),
        (b"\x81\x05", BadMask, 1002),
        (b"\x09", BadControl, 1002),
        (b"\x89\xfe", BadControl, 1002),
        (b"\x88\x81", BadClose, 1002),
        (b"\x88\x82\0\0\0\0\x03\xed", BadClose, 1002),
        (b"\x82\xfe\0\x7d", BadLength, 1002),
        (b"\x82\xff\0\0\0\0\0\0\xff\xff", BadLength, 1002),
        (b"\x82\xff\x80\0\0\0\0\0\0\0", BadLength, 1002),
        (b"\x81\x82\0\0\0\0\xc0", NotUtf8, 1007),
        (b"\x88\x83\0\0\0\0\x03\xe8\xff", NotUtf8, 1007),
    ] {
        for piece in [1, 2, usize::MAX] {
            let (found, refused) = decode_with(WebSocketDecoder::server(), bytes, &[piece]);
            assert_eq!((found.len(), refused), (0, Some(error)), "{bytes:x?}");
            let before = decode_with(WebSocketDecoder::server(), &bytes[..bytes.len() - 1], &[piece]);
            assert_eq!(before.1, None, "{bytes:x?} without its last byte");
        }
        assert_eq!(error.code().as_u16(), code);
        assert!(!error.reason().is_empty() && error.reason().len() < 123);
    }
}

#[test]
fn the_limit_is_that_of_a_message_and_its_header_is_enough() {
    let limited = || WebSocketDecoder::server().max_message(10);
    let decode = |frames: &[Frame]| decode_with(limited(), &bytes(frames), &[4]).1;
    assert_eq!(decode(&[text("0123456789"), text("0123456789"), frame(PING, [0; 100])]), None);
    assert_eq!(decode(&[text("0123456789a")]), Some(WebSocketError::TooLong));
    assert_eq!(decode(&fragments(TEXT, ["01234", "56789", "a"])), Some(WebSocketError::TooLong));
    let (_, refused) = decode_with(limited(), b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", &[3]);
    assert_eq!(refused, Some(WebSocketError::TooLong));
    assert_eq!(WebSocketError::TooLong.code(), CloseCode::TOO_BIG);
}

#[test]
fn a_client_reads_what_is_not_masked_and_refuses_what_is() {
    let hello = text("Hello");
    let (found, error) = decode_with(WebSocketDecoder::client(), &hello.bytes(None), &[2]);
    assert_eq!((found, error), (vec![(Opcode::Text, b"Hello".to_vec())], None));
    let (_, error) = decode_with(WebSocketDecoder::client(), &hello.bytes(Some([0; 4])), &[2]);
    assert_eq!(error, Some(WebSocketError::BadMask));
}

#[test]
fn the_encoder_writes_headers_of_the_shortest_form_with_and_without_a_key() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
        for key in [None, Some([9, 8, 7, 6])] {
            for (opcode, first, is_last) in [
                (Opcode::Text, TEXT, false),
                (Opcode::Binary, FIN | 2, true),
                (Opcode::Continuation, FIN, true),
            ] {
                let expected = frame(first, vec![b'x'; length]).bytes(key);
                let header = FrameHeader { opcode, is_last, length: length as u64, key };
                let mut sent = header.encode(&mut [0; 14]).to_vec();
                let mut payload = vec![b'x'; length];
                if let Some(key) = key {
                    mask(&mut payload, key, 0);
                }
                sent.extend(payload);
                assert!(sent == expected, "{header:?}");
            }
        }
    }
}

#[test]
fn the_end_of_a_connection_is_told_from_a_torn_frame() {
    let mut decoder = WebSocketDecoder::server();
    assert!(decoder.is_between_frames());
    let mut hello = text("Hello").bytes(Some([1; 4]));
    for at in 0..hello.len() {
        assert!(decoder.decode(&mut hello[at..=at]).is_ok());
        assert_eq!(decoder.is_between_frames(), at == 10, "{at}");
    }
}

#[test]
fn codes_that_a_close_frame_can_have_are_told_from_all_others() {
    for code in 0..=u16::MAX {
        let valid = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        assert_eq!(CloseCode::new(code).map(CloseCode::as_u16), valid.then_some(code));
    }
}
