//! A directory as a JSON object (RFC 8259), in pieces.
//!
//! Invariant: the object is valid whatever the names are, and each entry stands on a line of its own.

use std::fmt::{self, Write as _};
use std::time::UNIX_EPOCH;

use super::entry::Entry;
use super::path::encode;
use crate::access::json::date_time;

/// The first second of the year 10000, for which RFC 3339 has no text.
const YEAR_10000: u64 = 253_402_300_800;

/// The object up to its first entry.
pub(super) const START: &str = "{\"entries\":[";

/// Appends an entry.
pub(super) fn push(page: &mut String, entry: &Entry, is_first: bool) {
    page.push_str(if is_first { "\n" } else { ",\n" });
    let name = entry.name();
    let (kind, slash) = if entry.is_dir() { ("directory", "/") } else { ("file", "") };
    let _ = write!(
        page,
        "{{\"name\":{},\"href\":\"./{}{slash}\",\"type\":\"{kind}\",\"size\":",
        Text(&name.to_string_lossy()),
        encode(name.as_encoded_bytes())
    );
    match entry.size() {
        Some(size) => drop(write!(page, "{size}")),
        None => page.push_str("null"),
    }
    page.push_str(",\"modified\":");
    let since = entry.modified().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
    match since.filter(|seconds| *seconds < YEAR_10000).map(date_time) {
        Some(time) => drop(write!(page, "\"{}Z\"", String::from_utf8_lossy(&time))),
        None => page.push_str("null"),
    }
    page.push('}');
}

/// Appends the end: how many of the entries, from the first on, are in the order, and whether the directory has more of them.
pub(super) fn push_end(page: &mut String, sorted: usize, truncated: bool) {
    let _ = writeln!(page, "\n],\"sorted\":{sorted},\"truncated\":{truncated}}}");
}

/// A string between its quotes.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\0'..=' ' if character != ' ' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_reads_back() {
        for text in ["", "a b", "\"\\/", "\0\x01\n\r\t\x1f\x7f", "é\u{2028}😀", "</script>"] {
            let json = Text(text).to_string();
            assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(text), "{json}");
        }
    }
}
