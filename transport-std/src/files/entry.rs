//! A row of a directory listing: metadata, order and HTML.
//!
//! Invariant: a name is escaped as text in the page and percent-encoded in its link, whatever its bytes are.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use bantam::wire::Date;
use cap_std::fs::DirEntry;
use html_escape::encode_safe;

use super::open::{RootDir, Symlinks};
use super::path::{encode, is_hidden};
use super::system::System;
use super::temporary_name::is_temporary;

/// The column that orders a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortKey {
    Name,
    Size,
    Date,
}

impl SortKey {
    /// Each key with its query value and its title.
    pub(super) const ALL: [(Self, &str, &str); 3] =
        [(Self::Name, "name", "Name"), (Self::Size, "size", "Size"), (Self::Date, "date", "Modified")];
}

/// A file or directory in a listing.
#[derive(Debug)]
pub(super) struct Entry {
    name: OsString,
    is_dir: bool,
    size: u64,
    modified: SystemTime,
}

impl Entry {
    /// Reads the metadata of an entry of `dir`. Returns `None` for one that a request would find as 404.
    pub(super) fn read(root: &RootDir, dir: &Path, entry: &DirEntry, hidden: bool) -> Option<Self> {
        let name = entry.file_name();
        let bytes = name.as_encoded_bytes();
        let is_left_out = !hidden && is_hidden(bytes) || is_temporary(bytes) || !System::THIS.is_name(bytes);
        if is_left_out || cfg!(not(unix)) && name.to_str().is_none() {
            return None;
        }
        let is_link = entry.file_type().ok()?.is_symlink();
        let metadata = match (is_link, root.symlinks) {
            (true, Symlinks::Never) => return None,
            (true, Symlinks::Inside) => root.dir.metadata(dir.join(&name)).ok()?,
            (false, _) => entry.metadata().ok()?,
        };
        let is_listed = metadata.is_dir() || metadata.is_file();
        let modified = metadata.modified().map_or(UNIX_EPOCH, cap_std::time::SystemTime::into_std);
        is_listed.then(|| Self { name, is_dir: metadata.is_dir(), size: metadata.len(), modified })
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    pub(super) const fn is_dir(&self) -> bool {
        self.is_dir
    }

    /// In bytes; `None` of a directory.
    pub(super) fn size(&self) -> Option<u64> {
        (!self.is_dir).then_some(self.size)
    }

    pub(super) const fn modified(&self) -> SystemTime {
        self.modified
    }

    /// The memory that the entry takes in a list, in bytes.
    pub(super) fn memory(&self) -> usize {
        // What the allocator adds to a name.
        const OVERHEAD: usize = 16;
        size_of::<Self>() + OVERHEAD + self.name.capacity()
    }

    /// Sorts: directories first, then by the key, then by name, without regard to case at first.
    pub(super) fn sort(entries: &mut [Self], key: SortKey, descending: bool) {
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        // A stable sort, which makes one key for each entry and not two for each comparison.
        entries.sort_by_cached_key(|entry| {
            let number = match key {
                SortKey::Name => 0,
                SortKey::Size => i128::from(entry.size),
                SortKey::Date => signed_nanoseconds(entry.modified),
            };
            (number, entry.name.to_string_lossy().to_lowercase())
        });
        if descending {
            entries.reverse();
        }
        entries.sort_by_key(|entry| !entry.is_dir);
    }

    /// Appends the row.
    pub(super) fn write(&self, page: &mut String) {
        let text = self.name.to_string_lossy();
        let (class, slash) = if self.is_dir { ("folder", "/") } else { ("file", "") };
        // `./` keeps a name such as `a:b` from being read as a scheme.
        let link = encode(self.name.as_encoded_bytes());
        let _ = write!(
            page,
            "<tr><td class=\"{class}\"><a href=\"./{link}{slash}\">{}{slash}</a></td>",
            encode_safe(&text)
        );
        if self.is_dir {
            page.push_str("<td></td>");
        } else {
            let _ = write!(page, "<td title=\"{} bytes\">{}</td>", self.size, format_size(self.size));
        }
        let _ = writeln!(page, "<td>{}</td></tr>", format_date(self.modified));
    }
}

fn signed_nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

/// Formats a size in decimal units with at most three digits: `1.4 MB`.
fn format_size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1000.0, "kB");
    for next in ["MB", "GB", "TB", "PB", "EB"] {
        if value >= 999.5 {
            (value, unit) = (value / 1000.0, next);
        }
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// Formats a time to the minute, in UTC: `06 Nov 1994 08:49`.
fn format_date(modified: SystemTime) -> String {
    let seconds = modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    String::from_utf8_lossy(&Date::new(seconds).imf_fixdate()[5..22]).into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_size_has_at_most_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (1_400_000, "1.4 MB"),
            (5_000_000_000, "5.0 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(format_size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn a_date_has_day_and_minute() {
        assert_eq!(format_date(UNIX_EPOCH + Duration::from_secs(784_111_777)), "06 Nov 1994 08:49");
    }
}
