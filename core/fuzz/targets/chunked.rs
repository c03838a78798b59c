//! Fuzz target: the chunked decoder, RFC 9112 section 7.1.
//!
//! Invariant: a body is the same at every split, the decoder consumes no byte behind its end, and that of responses reads what
//! that of requests takes in the same way.

#![no_main]

use bantam::Rejection;
use bantam::wire::ChunkDecoder;
use libfuzzer_sys::fuzz_target;

/// The body, the number of bytes behind it, and whether it is complete.
type Decoded = Result<(Vec<u8>, usize, bool), Rejection>;

/// Decodes in pieces of these sizes in turn. If `past` is true, known data is read past the decoder.
fn decode<const RESPONSE: bool>(
    mut decoder: ChunkDecoder<RESPONSE>,
    mut input: &[u8],
    pieces: &[usize],
    past: bool,
) -> Decoded {
    let mut body = Vec::new();
    for piece in pieces.iter().cycle() {
        if input.is_empty() || decoder.is_done() {
            break;
        }
        let piece = (*piece).min(input.len());
        let known = usize::try_from(decoder.data_left()).unwrap_or(usize::MAX).min(piece);
        if past && known > 0 {
            body.extend_from_slice(&input[..known]);
            decoder.skip(known as u64);
            input = &input[known..];
            continue;
        }
        let step = decoder.decode(&input[..piece])?;
        assert!(step.used > 0 && step.data.len() <= step.used);
        body.extend_from_slice(step.data);
        input = &input[step.used..];
    }
    Ok((body, input.len(), decoder.is_done()))
}

fn decode_each_way<const RESPONSE: bool>(
    decoder: &ChunkDecoder<RESPONSE>,
    data: &[u8],
    pieces: &[usize],
) -> Decoded {
    let whole = decode(decoder.clone(), data, &[usize::MAX], false);
    for past in [false, true] {
        assert_eq!(whole, decode(decoder.clone(), data, pieces, past));
        assert_eq!(whole, decode(decoder.clone(), data, &[1], past));
    }
    whole
}

fuzz_target!(|data: &[u8]| {
    let [odd, even, data @ ..] = data else { return };
    let pieces = [1 + usize::from(*odd), 1 + usize::from(*even)];
    let request = decode_each_way(&ChunkDecoder::new(), data, &pieces);
    let response = decode_each_way(&ChunkDecoder::response(), data, &pieces);
    assert!(request.is_err() || request == response);
});
