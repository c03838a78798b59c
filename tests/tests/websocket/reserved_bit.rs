//! The decoder with an extension that claims the first reserved bit, RFC 7692 section 6.

use bantam::wire::{Opcode, WebSocketDecoder, WebSocketError, WebSocketPiece};

use crate::case::{CLOSE, CONTINUATION, FIN, Frame, PING, TEXT, binary, frame, text};
use crate::deflate_client::RSV1;

/// A message as it was found: its opcode, whether it had the bit, and its data.
type Found = (Opcode, bool, Vec<u8>);

/// What is found in reads of this size, and the error. Pieces with the bit are checked as if the extension changed nothing.
fn decode(frames: &[Frame], limit: u64, size: usize) -> (Vec<Found>, Option<WebSocketError>) {
    let mut decoder = WebSocketDecoder::server().max_message(limit).rsv1(true);
    let mut bytes: Vec<_> = frames.iter().flat_map(|frame| frame.bytes(Some([1, 2, 3, 4]))).collect();
    let (mut rest, mut found, mut message, mut control) =
        (&mut bytes[..], Vec::new(), Vec::new(), Vec::new());
    while !rest.is_empty() {
        let length = size.min(rest.len());
        let (used, piece) = match decoder.decode(&mut rest[..length]) {
            Ok(step) => {
                (step.used, step.piece.map(|piece| (piece.opcode, piece.is_last, piece.data.to_vec())))
            }
            Err(error) => return (found, Some(error)),
        };
        rest = &mut rest[used..];
        let Some((opcode, is_last, data)) = piece else { continue };
        let has_bit = decoder.has_rsv1() && !opcode.is_control();
        if has_bit && let Err(error) = decoder.check(&WebSocketPiece { opcode, is_last, data: &data }) {
            assert!(decoder.is_closed());
            return (found, Some(error));
        }
        let collected = if opcode.is_control() { &mut control } else { &mut message };
        collected.extend(data);
        if is_last {
            found.push((opcode, has_bit, std::mem::take(collected)));
        }
    }
    (found, None)
}

fn with_bit(mut frame: Frame) -> Frame {
    frame.first |= RSV1;
    frame
}

#[test]
fn the_bit_is_that_of_a_message_and_not_of_what_stands_between_its_frames() {
    let frames = [
        with_bit(frame(TEXT, "a")),
        frame(PING, "ping"),
        frame(CONTINUATION, ""),
        frame(FIN, "b"),
        text("plain"),
        with_bit(binary([0xff; 200])),
        with_bit(text("")),
        frame(CLOSE, ""),
    ];
    let expected = [
        (Opcode::Ping, false, b"ping".to_vec()),
        (Opcode::Text, true, b"ab".to_vec()),
        (Opcode::Text, false, b"plain".to_vec()),
        (Opcode::Binary, true, vec![0xff; 200]),
        (Opcode::Text, true, Vec::new()),
        (Opcode::Close, false, Vec::new()),
    ];
    for size in 1..300 {
        let (found, error) = decode(&frames, u64::MAX, size);
        assert_eq!((&found[..], error), (&expected[..], None), "{size}");
    }
}

#[test]
fn the_bit_is_refused_where_it_means_nothing() {
    let first = with_bit(frame(TEXT, "a"));
    for bad in [
        vec![first.clone(), with_bit(frame(FIN, "b"))],
        vec![with_bit(frame(PING, ""))],
        vec![with_bit(frame(CLOSE, ""))],
        vec![with_bit(frame(FIN | 3, ""))],
        vec![frame(FIN | TEXT | 0x20, "")],
        vec![frame(FIN | TEXT | 0x10, "")],
        vec![frame(FIN | TEXT | 0x60, "")],
    ] {
        for size in [1, 2, 100] {
            assert_eq!(decode(&bad, u64::MAX, size).1, Some(WebSocketError::ReservedBits), "{bad:?}");
        }
    }
    for decoder in [WebSocketDecoder::server().rsv1(false), WebSocketDecoder::client().rsv1(false)] {
        let mut decoder = decoder;
        assert_eq!(decoder.decode(&mut [0xc1]).err(), Some(WebSocketError::ReservedBits));
    }
    assert_eq!(decode(&[first.clone(), first], u64::MAX, 100).1, Some(WebSocketError::BadFragment));
}

#[test]
fn what_is_decoded_has_the_limit_and_the_utf_8_of_a_message() {
    let parts = |payloads: [&[u8]; 2]| [with_bit(frame(TEXT, payloads[0])), frame(FIN, payloads[1])];
    for size in [1, 3, 100] {
        assert_eq!(decode(&parts([b"12345", b"67890"]), 10, size).1, None);
        assert_eq!(decode(&parts([b"12345", b"67890a"]), 10, size).1, Some(WebSocketError::TooLong));
        assert_eq!(decode(&parts([b"\xc3", b"\xa4"]), 10, size).1, None);
        assert_eq!(decode(&parts([b"\xc3", b""]), 10, size).1, Some(WebSocketError::NotUtf8));
        assert_eq!(decode(&parts([b"\xc3", b"a"]), 10, size).1, Some(WebSocketError::NotUtf8));
        assert_eq!(decode(&[with_bit(binary(b"\xc3"))], 10, size).1, None);
        // The first wrong byte says what is wrong, at every size.
        assert_eq!(decode(&parts([b"12\xff4567890", b"123"]), 10, size).1, Some(WebSocketError::NotUtf8));
        assert_eq!(decode(&[with_bit(text(b"12\xff45678901"))], 10, size).1, Some(WebSocketError::NotUtf8));
        assert_eq!(decode(&[with_bit(text(b"1234567890\xff"))], 10, size).1, Some(WebSocketError::TooLong));
        assert_eq!(
            decode(&[with_bit(text(b"123456789\xc3\xa4"))], 10, size).1,
            Some(WebSocketError::TooLong)
        );
        // The next message begins anew.
        let twice = [&parts([b"12345", b"67890"])[..], &[text("1234567890")], &parts([b"", b"0"])].concat();
        assert_eq!(decode(&twice, 10, size).1, None);
    }
}
