//! The static files below `static/`, with their content types and validators (RFC 9110 section 8.8).
//! Invariant: two files with different content have different ETags.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
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
    /// An IMF-fixdate; `None` if the time of the file says nothing.
    pub(crate) modified: Option<String>,
    pub(crate) source: PathBuf,
}

/// Returns all files below `folder`, sorted by route.
pub(crate) fn find(folder: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    for (relative, source) in walk::files(folder)? {
        walk::check_plain(&format!("static/{relative}"))?;
        let bytes =
            fs::read(&source).map_err(|error| format!("static/{relative} cannot be read: {error}"))?;
        let (content_type, etag, modified) =
            (content_type(&relative, &bytes), etag(&bytes), modified(&source));
        files.push(File { route: format!("/{relative}"), content_type, etag, modified, source });
    }
    Ok(files)
}

/// The media types of `bantam-std`, which differ from those of `mime_guess` where a registration does.
const TYPES: &str = include_str!("../../transport-std/src/files/media_types.txt");

/// Returns the type of a file by its name, with a charset if it is text and UTF-8. XML and JSON have no such parameter (RFC
/// 7303 section 3, RFC 8259 section 11).
pub(crate) fn content_type(name: &str, bytes: &[u8]) -> String {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    let of_line = |line: &'static str| match line.split(' ').collect::<Vec<_>>()[..] {
        [own, media_type, ..] if own == extension => Some(media_type),
        _ => None,
    };
    let own = TYPES.lines().find_map(of_line);
    let library = || mime_guess::from_ext(&extension).first_raw().unwrap_or("application/octet-stream");
    let media_type = own.unwrap_or_else(library);
    let is_text = media_type.starts_with("text/") && !media_type.ends_with("xml");
    let charset = if is_text && std::str::from_utf8(bytes).is_ok() { "; charset=utf-8" } else { "" };
    format!("{media_type}{charset}")
}

/// Returns 64 bits of the SHA-256 of the content.
fn etag(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// 1990, before the web: a file gets such a time from a tool that wants every copy to be the same. Two versions share it.
const FIRST_TIME: Duration = Duration::from_secs(631_152_000);

/// Returns the modification time, at most `SOURCE_DATE_EPOCH` (reproducible builds).
fn modified(source: &Path) -> Option<String> {
    let changed = fs::metadata(source).and_then(|file| file.modified()).ok()?;
    let epoch = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let latest = epoch.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    state(latest.map_or(changed, |latest| changed.min(latest)))
}

fn state(time: SystemTime) -> Option<String> {
    (time >= UNIX_EPOCH + FIRST_TIME).then(|| httpdate::fmt_http_date(time))
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
            ("favicon.ico", "image/vnd.microsoft.icon"),
            ("site.mjs", "text/javascript; charset=utf-8"),
            ("feed.xml", "application/xml"),
            ("site.js", "text/javascript; charset=utf-8"),
            ("manifest.json", "application/json"),
            ("unknown", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name, b""), expected, "{name}");
        }
        assert_eq!(content_type("latin1.txt", b"caf\xe9"), "text/plain");
    }

    #[test]
    fn a_time_that_says_nothing_is_not_stated() {
        for (seconds, expected) in
            [(0, None), (1, None), (315_532_800, None), (631_152_000, Some("Mon, 01 Jan 1990 00:00:00 GMT"))]
        {
            assert_eq!(state(UNIX_EPOCH + Duration::from_secs(seconds)).as_deref(), expected, "{seconds}");
        }
        assert_eq!(state(UNIX_EPOCH - Duration::from_secs(1)), None);
    }

    #[test]
    fn another_content_is_another_etag() {
        assert_eq!(etag(b""), "\"e3b0c44298fc1c14\"");
        assert_ne!(etag(b"a"), etag(b"b"));
    }
}
