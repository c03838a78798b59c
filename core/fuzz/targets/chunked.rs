//! Law: a chunked body is the same at every split, and takes no byte behind its end.

#![no_main]

use bantam::Rejection;
use bantam::wire::ChunkDecoder;
use libfuzzer_sys::fuzz_target;

fn decode(mut input: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), Rejection> {
    let (mut decoder, mut body) = (ChunkDecoder::new(), Vec::new());
    while !input.is_empty() && !decoder.is_done() {
        let step = decoder.decode(&input[..piece.min(input.len())])?;
        assert!(step.used > 0 && step.data.len() <= step.used);
        body.extend_from_slice(step.data);
        input = &input[step.used..];
    }
    Ok((body, input.len(), decoder.is_done()))
}

fuzz_target!(|data: &[u8]| {
    let Some((piece, data)) = data.split_first() else { return };
    assert_eq!(decode(data, usize::MAX), decode(data, usize::from(*piece) + 1));
    assert_eq!(decode(data, usize::MAX), decode(data, 1));
});
