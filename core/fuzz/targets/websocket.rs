//! Fuzz target: the decoder of WebSocket frames, RFC 6455.
//!
//! Invariant: messages and the first error are the same at every split, and text is UTF-8.

#![no_main]

use bantam::wire::{Opcode, WebSocketDecoder, WebSocketError};
use libfuzzer_sys::fuzz_target;

type Decoded = (Vec<(Opcode, Vec<u8>)>, Option<WebSocketError>, bool);

/// Decodes in pieces of these sizes in turn.
fn decode(mut decoder: WebSocketDecoder, data: &[u8], pieces: &[usize]) -> Decoded {
    let (mut data, mut found) = (data.to_vec(), Vec::new());
    let (mut message, mut control, mut rest) = (Vec::new(), Vec::new(), &mut data[..]);
    for piece in pieces.iter().cycle() {
        let length = (*piece).min(rest.len());
        if length == 0 {
            break;
        }
        let step = match decoder.decode(&mut rest[..length]) {
            Ok(step) => step,
            Err(error) => return (found, Some(error), decoder.is_closed()),
        };
        let used = step.used;
        assert!(used > 0);
        if let Some(piece) = step.piece {
            let collected = if piece.opcode.is_control() { &mut control } else { &mut message };
            collected.extend_from_slice(piece.data);
            if piece.is_last {
                let whole = std::mem::take(collected);
                assert!(
                    !matches!(piece.opcode, Opcode::Text | Opcode::Close)
                        || std::str::from_utf8(&whole).is_ok()
                );
                assert!(!piece.opcode.is_control() || whole.len() <= 125);
                found.push((piece.opcode, whole));
            }
        }
        rest = &mut rest[used..];
    }
    (found, None, decoder.is_closed())
}

fuzz_target!(|data: &[u8]| {
    let [odd, even, limit, data @ ..] = data else { return };
    for decoder in [WebSocketDecoder::server(), WebSocketDecoder::client()] {
        let decoder = decoder.max_message(u64::from(*limit) << 4);
        let whole = decode(decoder.clone(), data, &[usize::MAX]);
        assert_eq!(whole, decode(decoder.clone(), data, &[1]));
        assert_eq!(whole, decode(decoder, data, &[1 + usize::from(*odd), 1 + usize::from(*even)]));
    }
});
