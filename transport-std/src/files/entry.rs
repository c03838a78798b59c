//! Law: a name is text in the page and a component in its link, whatever its bytes are.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::fs::DirEntry;
use html_escape::encode_safe;

use super::open::{Symlinks, Tree};
use super::path::{encode, is_hidden};

/// What a listing is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Size,
    Date,
}

impl Key {
    pub(super) const ALL: [(Self, &str, &str); 3] =
        [(Self::Name, "name", "Name"), (Self::Size, "size", "Size"), (Self::Date, "date", "Modified")];
}

/// A file or folder in a listing.
#[derive(Debug)]
pub(super) struct Row {
    name: OsString,
    folder: bool,
    size: u64,
    modified: SystemTime,
}

impl Row {
    /// `None` for what would be answered with 404.
    pub(super) fn of(tree: &Tree, folder: &Path, entry: &DirEntry, hidden: bool) -> Option<Self> {
        let name = entry.file_name();
        if !hidden && is_hidden(name.as_encoded_bytes()) || cfg!(not(unix)) && name.to_str().is_none() {
            return None;
        }
        let linked = entry.file_type().ok()?.is_symlink();
        let about = match (linked, tree.symlinks) {
            (true, Symlinks::Never) => return None,
            (true, Symlinks::Inside) => tree.about(&folder.join(&name)).ok()?,
            (false, _) => entry.metadata().ok()?,
        };
        let known = about.is_dir() || about.is_file();
        let modified = about.modified().map_or(UNIX_EPOCH, cap_std::time::SystemTime::into_std);
        known.then(|| Self { name, folder: about.is_dir(), size: about.len(), modified })
    }

    /// Folders first, then by the key, then by name.
    pub(super) fn compare(&self, other: &Self, key: Key, down: bool) -> Ordering {
        let order = match key {
            Key::Name => Ordering::Equal,
            Key::Size => self.size.cmp(&other.size),
            Key::Date => self.modified.cmp(&other.modified),
        };
        let order = order.then_with(|| self.spelling().cmp(&other.spelling()));
        other.folder.cmp(&self.folder).then(if down { order.reverse() } else { order })
    }

    fn spelling(&self) -> (String, &OsString) {
        (self.name.to_string_lossy().to_lowercase(), &self.name)
    }

    pub(super) fn write(&self, page: &mut String) {
        let text = self.name.to_string_lossy();
        let (class, slash) = if self.folder { ("folder", "/") } else { ("file", "") };
        // `./` so that no name is taken for a scheme.
        let link = encode(self.name.as_encoded_bytes());
        let _ = write!(
            page,
            "<tr><td class=\"{class}\"><a href=\"./{link}{slash}\">{}{slash}</a></td>",
            encode_safe(&text)
        );
        if self.folder {
            page.push_str("<td></td>");
        } else {
            let _ = write!(page, "<td title=\"{} bytes\">{}</td>", self.size, size(self.size));
        }
        let _ = writeln!(page, "<td>{}</td></tr>", date(self.modified));
    }
}

/// `1.4 MB`, as people count: three digits at most, or four before a unit that is full.
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = units.iter();
    let mut name = unit.next();
    while value >= 999.5 {
        let Some(next) = unit.next() else { break };
        (value, name) = (value / 1000.0, Some(next));
    }
    let name = name.copied().unwrap_or_default();
    if value < 9.95 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") }
}

/// `06 Nov 1994 08:49`, in UTC.
fn date(modified: SystemTime) -> String {
    // What lies after the year 9999 cannot be said.
    let latest = UNIX_EPOCH + std::time::Duration::from_secs(253_402_300_799);
    let date = httpdate::fmt_http_date(modified.clamp(UNIX_EPOCH, latest));
    date.get(5..22).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_short() {
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
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn a_date_is_a_day_and_a_minute() {
        assert_eq!(date(UNIX_EPOCH + std::time::Duration::from_secs(784_111_777)), "06 Nov 1994 08:49");
    }
}
