//! The static files below `static/`, with their content types and validators (RFC 9110 section 8.8).
//! Invariant: two files with different content have different ETags.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use std::{env, fs};

use sha2::{Digest, Sha256};

use crate::walk;

/// A static file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) route: String,
    pub(crate) content_type: String,
    /// Strong, with quotes (RFC 9110 section 8.8.3).
    pub(crate) etag: String,
    /// An IMF-fixdate.
    pub(crate) modified: String,
    pub(crate) source: PathBuf,
}

/// Returns all files below `folder`, sorted by route.
pub(crate) fn find(folder: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    for (relative, source) in walk::files(folder)? {
        walk::check_plain(&format!("static/{relative}"))?;
        let bytes =
            fs::read(&source).map_err(|error| format!("static/{relative} cannot be read: {error}"))?;
        let (content_type, etag, modified) = (content_type(&relative), etag(&bytes), modified(&source));
        files.push(File { route: format!("/{relative}"), content_type, etag, modified, source });
    }
    Ok(files)
}

fn content_type(name: &str) -> String {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    // JSON is always UTF-8 and has no charset parameter (RFC 8259 section 11).
    let text = guess.type_() == "text" || guess.subtype() == "javascript";
    if text { format!("{guess}; charset=utf-8") } else { guess.to_string() }
}

/// Returns 64 bits of the SHA-256 of the content.
fn etag(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Returns the modification time, at most `SOURCE_DATE_EPOCH` (reproducible builds).
fn modified(source: &Path) -> String {
    let changed = fs::metadata(source).and_then(|file| file.modified()).unwrap_or(UNIX_EPOCH);
    let epoch = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let latest = epoch.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    httpdate::fmt_http_date(latest.map_or(changed, |latest| changed.min(latest)).max(UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_the_content_type_and_text_is_utf_8() {
        for (name, expected) in [
            ("style.css", "text/css; charset=utf-8"),
            ("robots.txt", "text/plain; charset=utf-8"),
            ("bantam.svg", "image/svg+xml"),
            ("favicon.ico", "image/x-icon"),
            ("site.js", "text/javascript; charset=utf-8"),
            ("manifest.json", "application/json"),
            ("unknown", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }

    #[test]
    fn another_content_is_another_etag() {
        assert_eq!(etag(b""), "\"e3b0c44298fc1c14\"");
        assert_ne!(etag(b"a"), etag(b"b"));
    }
}
