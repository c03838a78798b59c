//! Which media types are worth compressing. The list stands in the documentation of [`Compress`](crate::Compress).
//!
//! Invariant: an event stream is not among them: its compressor would be held as long as its client stays.

/// Types of `application/` that are text, or as regular as text.
const APPLICATION: [&str; 24] = [
    "ecmascript",
    "graphql",
    "javascript",
    "json",
    "jsonl",
    "json-seq",
    "manifest",
    "n-quads",
    "n-triples",
    "ndjson",
    "rtf",
    "sql",
    "toml",
    "vnd.apple.mpegurl",
    "vnd.ms-fontobject",
    "wasm",
    "x-javascript",
    "x-json",
    "x-ndjson",
    "x-sh",
    "x-subrip",
    "x-tex",
    "xml",
    "yaml",
];

/// Types of other kinds. The other formats of fonts and pictures are compressed themselves.
const OTHERS: [(&str, &str); 9] = [
    ("font", "collection"),
    ("font", "otf"),
    ("font", "ttf"),
    ("image", "bmp"),
    ("image", "vnd.microsoft.icon"),
    ("image", "x-icon"),
    ("model", "mtl"),
    ("model", "obj"),
    ("model", "stl"),
];

/// Structured syntax suffixes (RFC 6838 section 4.2.8) of text.
const SUFFIXES: [&str; 4] = ["json", "xml", "yaml", "json-seq"];

/// Returns true if content of this `Content-Type` is compressed. Parameters are not looked at.
pub(crate) fn is_compressible(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    let Ok(essence) = str::from_utf8(essence) else { return false };
    let Some((kind, name)) = essence.trim().split_once('/') else { return false };
    let is = |text: &str, other: &str| text.eq_ignore_ascii_case(other);
    if is(kind, "text") {
        return !is(name, "event-stream");
    }
    name.rsplit_once('+').is_some_and(|(_, suffix)| SUFFIXES.iter().any(|known| is(suffix, known)))
        || is(kind, "application") && APPLICATION.iter().any(|known| is(name, known))
        || OTHERS.iter().any(|(other_kind, other)| is(kind, other_kind) && is(name, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_what_is_as_regular_is_compressible() {
        for name in [
            "text/html; charset=utf-8",
            "TEXT/CSS",
            "application/json",
            "application/problem+json",
            "image/svg+xml",
            "application/wasm",
            "font/ttf",
            " application/xml ;x=y",
            "application/ld+JSON",
        ] {
            assert!(is_compressible(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "text",
            "text/event-stream",
            "text/event-stream;charset=utf-8",
            "image/png",
            "font/woff2",
            "application/octet-stream",
            "application/gzip",
            "application/zip",
            "video/mp4",
            "application/epub+zip",
            "application/pdf",
        ] {
            assert!(!is_compressible(name.as_bytes()), "{name}");
        }
        assert!(!is_compressible(b"text\xff/html"));
    }
}
