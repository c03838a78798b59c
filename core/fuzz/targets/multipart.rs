//! Fuzz target: the decoder of `multipart/form-data`, RFC 7578.
//!
//! Invariant: the parts and the refusal are the same at every split, and the parts are those of a plain model.

#![no_main]

use bantam::wire::{Boundary, MultipartDecoder, MultipartError, MultipartEvent, PartHead};
use bantam_tests::form_model::{FormPart, read};
use libfuzzer_sys::fuzz_target;

const BOUNDARY: &[u8] = b"x-y";

/// Decodes in pieces of these sizes in turn.
fn decode(mut body: &[u8], pieces: &[usize]) -> Result<Vec<FormPart>, MultipartError> {
    let mut decoder = MultipartDecoder::new(Boundary::new(BOUNDARY).expect("valid"));
    let (mut parts, mut part) = (Vec::new(), FormPart::default());
    for piece in pieces.iter().cycle() {
        if body.is_empty() {
            break;
        }
        let step = decoder.decode(&body[..(*piece).min(body.len())])?;
        match step.event {
            MultipartEvent::Head(bytes, _) => part.head.extend_from_slice(bytes),
            MultipartEvent::Data(bytes) => part.data.extend_from_slice(bytes),
            MultipartEvent::PartEnd => parts.push(std::mem::take(&mut part)),
            MultipartEvent::Framing => assert_ne!(step.used, 0),
        }
        body = &body[step.used..];
    }
    decoder.finish()?;
    Ok(parts)
}

fuzz_target!(|data: &[u8]| {
    let [odd, even, data @ ..] = data else { return };
    let whole = decode(data, &[usize::MAX]);
    assert_eq!(whole, decode(data, &[1]));
    assert_eq!(whole, decode(data, &[1 + usize::from(*odd), 1 + usize::from(*even)]));
    // The model has no limits.
    if !matches!(whole, Err(MultipartError::TooLong | MultipartError::TooManyParts)) {
        assert_eq!(whole.as_ref().ok(), read(data, BOUNDARY).as_ref());
    }
    for part in whole.iter().flatten() {
        if let Ok(head) = PartHead::parse(&part.head) {
            let mut memory = [0; 64];
            let component = head.file_name.and_then(|file_name| file_name.component(&mut memory));
            assert!(!component.is_some_and(|name| name.is_empty() || name.contains(['/', '\\', '\0'])));
        }
    }
    let _ = Boundary::of_content_type(data);
});
