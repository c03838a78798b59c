//! Fuzz target: the decoder of WebSocket frames, RFC 6455, with and without an extension; the offers of extensions.
//!
//! Invariant: messages and the first error are the same at every split, text is UTF-8, and an agreement answers an offer.

#![no_main]

use bantam::wire::{DeflateOptions, Opcode, WebSocketDecoder, WebSocketError, WebSocketPiece, request_head};
use libfuzzer_sys::fuzz_target;

type Decoded = (Vec<(Opcode, Vec<u8>)>, Option<WebSocketError>, bool);

/// The decoder with and without an extension.
trait Decoder {
    /// What is found: the bytes used, and the piece.
    fn step(&mut self, data: &mut [u8]) -> Result<(usize, Option<(Opcode, bool, Vec<u8>)>), WebSocketError>;

    fn is_closed(&self) -> bool;
}

impl Decoder for WebSocketDecoder {
    fn step(&mut self, data: &mut [u8]) -> Result<(usize, Option<(Opcode, bool, Vec<u8>)>), WebSocketError> {
        let step = self.decode(data)?;
        Ok((step.used, step.piece.map(|piece| (piece.opcode, piece.is_last, piece.data.to_vec()))))
    }

    fn is_closed(&self) -> bool {
        WebSocketDecoder::is_closed(self)
    }
}

/// The extension changes nothing.
impl Decoder for WebSocketDecoder<true> {
    fn step(&mut self, data: &mut [u8]) -> Result<(usize, Option<(Opcode, bool, Vec<u8>)>), WebSocketError> {
        let step = self.decode(data)?;
        let (used, piece) =
            (step.used, step.piece.map(|piece| (piece.opcode, piece.is_last, piece.data.to_vec())));
        if let Some((opcode, is_last, data)) = &piece
            && !opcode.is_control()
            && self.has_rsv1()
        {
            self.check(&WebSocketPiece { opcode: *opcode, is_last: *is_last, data })?;
        }
        Ok((used, piece))
    }

    fn is_closed(&self) -> bool {
        WebSocketDecoder::is_closed(self)
    }
}

/// Negotiates with a client that sends these offers.
fn negotiate(offers: &[u8]) {
    let request =
        [&b"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Extensions: "[..], offers, b"\r\n\r\n"].concat();
    let Ok((_, head)) = request_head(&request) else { return };
    let Some(agreed) = DeflateOptions::DEFAULT.choose(&head.headers) else { return };
    assert!(offers.windows(18).any(|name| name == b"permessage-deflate"));
    assert!(agreed.server_max_window_bits.is_none_or(|bits| (9..=15).contains(&bits)));
    assert!(agreed.client_max_window_bits.is_none_or(|bits| (8..=14).contains(&bits)));
    // The answer is an offer that gets the same answer.
    let again = format!("GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Extensions: {agreed}\r\n\r\n");
    let (_, head) = request_head(again.as_bytes()).expect("valid");
    assert_eq!(DeflateOptions::DEFAULT.choose(&head.headers), Some(agreed));
}

/// Decodes in pieces of these sizes in turn.
fn decode<D: Decoder>(mut decoder: D, data: &[u8], pieces: &[usize]) -> Decoded {
    let (mut data, mut found) = (data.to_vec(), Vec::new());
    let (mut message, mut control, mut rest) = (Vec::new(), Vec::new(), &mut data[..]);
    for piece in pieces.iter().cycle() {
        let length = (*piece).min(rest.len());
        if length == 0 {
            break;
        }
        let (used, piece) = match decoder.step(&mut rest[..length]) {
            Ok(step) => step,
            Err(error) => return (found, Some(error), decoder.is_closed()),
        };
        assert!(used > 0);
        if let Some((opcode, is_last, data)) = piece {
            let collected = if opcode.is_control() { &mut control } else { &mut message };
            collected.extend(data);
            if is_last {
                let whole = std::mem::take(collected);
                assert!(
                    !matches!(opcode, Opcode::Text | Opcode::Close) || std::str::from_utf8(&whole).is_ok()
                );
                assert!(!opcode.is_control() || whole.len() <= 125);
                found.push((opcode, whole));
            }
        }
        rest = &mut rest[used..];
    }
    (found, None, decoder.is_closed())
}

fn compare<D: Decoder + Clone>(decoder: &D, data: &[u8], odd: u8, even: u8) {
    let whole = decode(decoder.clone(), data, &[usize::MAX]);
    assert_eq!(whole, decode(decoder.clone(), data, &[1]));
    assert_eq!(whole, decode(decoder.clone(), data, &[1 + usize::from(odd), 1 + usize::from(even)]));
}

fuzz_target!(|data: &[u8]| {
    negotiate(data);
    let [odd, even, limit, data @ ..] = data else { return };
    for decoder in [WebSocketDecoder::server(), WebSocketDecoder::client()] {
        let decoder = decoder.max_message(u64::from(*limit) << 4);
        compare(&decoder, data, *odd, *even);
        compare(&decoder.rsv1(true), data, *odd, *even);
    }
});
