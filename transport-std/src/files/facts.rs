//! What the content of a file shows, remembered by the version of the file: its entity tag and the encoding of its text.
//!
//! Invariant: a file that has not changed has the same tag, also after a restart; of two contents of one length that have a
//! tag of the same kind, the tags differ.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::media_type::{ByContent, Found, MediaType};
use super::send::read_at;
use super::stat::FileStat;
use super::text::Text;

/// The tag of a file of at most so many bytes is a hash of its content, which is the same on every machine: 256 KB. That of
/// a larger file is a hash of its identity. Where facts are not remembered it is one block.
const HASH_MAX: u64 = if cfg!(unix) { 256 * 1024 } else { BLOCK as u64 };
/// The size of a read: 16 KB. So much of a text shows its encoding.
const BLOCK: usize = 16 * 1024;
/// How many files are remembered.
const CACHED: usize = 2048;

/// What the content of a file shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Made of the content or the identity.
    pub(super) digest: u64,
    pub(super) found: Found,
    /// The file has as many bytes as its metadata says. Files of procfs and sysfs do not.
    pub(super) is_sized: bool,
    /// The digest changes with the content. False for that of an identity whose last change is so young that another one
    /// may not show in it.
    is_strong: bool,
}

/// An entity tag.
pub(super) type Etag = Text<48>;

impl Facts {
    /// The entity tag (RFC 9110 section 8.8.3) of the file, or of its content in a coding. `None` if the size is not known.
    pub(super) fn etag(&self, length: u64, coding: Option<&str>) -> Option<Etag> {
        self.tag(length, coding, self.is_strong)
    }

    /// That of the content as it is compressed on the fly: another release may compress it otherwise.
    #[cfg(feature = "compress")]
    pub(super) fn coded_etag(&self, length: u64, coding: &str) -> Option<Etag> {
        self.tag(length, Some(coding), false)
    }

    fn tag(&self, length: u64, coding: Option<&str>, is_strong: bool) -> Option<Etag> {
        let mut tag = Text::new();
        tag.push(if is_strong { "\"" } else { "W/\"" })?;
        tag.push_hex(length, 1)?;
        tag.push("-")?;
        tag.push_hex(self.digest, 16)?;
        if let Some(coding) = coding {
            tag.push("-")?;
            tag.push(coding)?;
        }
        tag.push("\"")?;
        self.is_sized.then_some(tag)
    }
}

/// A version of a file, and what it is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) stat: FileStat,
    /// Of the name that was asked for, without the suffix of a coding.
    pub(super) media_type: MediaType,
    pub(super) coding: Option<&'static str>,
}

/// Which content shows the encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// That of the file itself.
    Itself,
    /// That of the file which is sent in a coding. It has been looked at.
    Original(Found),
    /// The file which is sent in a coding is gone: nothing shows it, and the facts are not remembered.
    Nothing,
}

/// The facts of files that have been sent, each in the place that its identity chooses. Some 300 KB.
#[derive(Default)]
pub(super) struct FactCache(Mutex<Vec<Option<(Version, Facts)>>>);

impl std::fmt::Debug for FactCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FactCache")
    }
}

impl FactCache {
    /// The facts of an open file, if they are remembered.
    pub(super) fn known(&self, version: &Version) -> Option<Facts> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, facts) = cached.get(place(&version.stat))?.as_ref()?;
        (known == version).then_some(*facts)
    }

    /// The facts of an open file. Reads up to 256 KB of one that is not remembered.
    ///
    /// # Errors
    /// The system's, if the file cannot be read.
    pub(super) fn facts(&self, file: &File, version: &Version, shown: Shown) -> io::Result<Facts> {
        if let Some(facts) = self.known(version) {
            return Ok(facts);
        }
        // Another system has no inode: two files may have one identity.
        let is_settled = version.stat.is_settled(SystemTime::now());
        let facts = read(file, version, is_settled, shown)?;
        if cfg!(unix) && is_settled && shown != Shown::Nothing {
            let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cached.resize(CACHED, None);
            if let Some(place) = cached.get_mut(place(&version.stat)) {
                *place = Some((*version, facts));
            }
        }
        Ok(facts)
    }
}

/// The place of a file among the remembered ones. Inodes of a directory mostly follow each other.
const fn place(stat: &FileStat) -> usize {
    ((stat.inode ^ stat.device.rotate_left(7) ^ stat.changed.nanoseconds as u64) % CACHED as u64) as usize
}

/// Reads what the facts are made of, in constant memory.
fn read(file: &File, version: &Version, is_settled: bool, shown: Shown) -> io::Result<Facts> {
    let (size, media_type) = (version.stat.size, version.media_type);
    let mut found = match shown {
        Shown::Original(found) => found,
        Shown::Itself | Shown::Nothing => Found::Nothing,
    };
    let looks = shown == Shown::Itself && media_type.by_content != ByContent::Nothing;
    let hashes = size <= HASH_MAX;
    let (mut hasher, mut offset, mut is_sized) = (DefaultHasher::new(), 0, true);
    if hashes || looks {
        let mut block = vec![0; BLOCK];
        loop {
            let count = read_at(file, &mut block, offset)?;
            let bytes = block.get(..count).unwrap_or_default();
            if offset == 0 && looks {
                found = media_type.look(bytes, count as u64 >= size);
            }
            // More than the size is that of a file which grows, or has no size.
            hasher.write(bytes);
            offset += count as u64;
            if count == 0 || offset >= size || !hashes {
                is_sized = !hashes || offset == size || size > 0 && offset > size;
                break;
            }
        }
    }
    let digest = if hashes { hasher.finish() } else { identity_hash(&version.stat, is_settled) };
    Ok(Facts { digest, found, is_sized, is_strong: hashes || is_settled })
}

/// The device is left out: it may differ after a restart of the system.
fn identity_hash(stat: &FileStat, is_settled: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Until it has settled a file may change and keep this identity: the tag afterwards is another.
    (stat.inode, stat.size, stat.changed, stat.modified, is_settled).hash(&mut hasher);
    hasher.finish()
}
