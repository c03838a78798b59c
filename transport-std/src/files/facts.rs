//! What the content of a file shows, remembered by the identity of the file: its entity tag and the encoding of its text.
//!
//! Invariant: a file that has not changed has the same tag, also after a restart; of two contents of one length that have a
//! tag of the same kind, the tags differ.

use std::fs::{File, Metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::media_type::{ByContent, Found, MediaType};
use super::send::read_at;

/// The tag of a file of at most so many bytes is a hash of its content, which is the same on every machine: 256 KB. That of
/// a larger file is a hash of its identity. Where facts are not remembered it is one block.
const HASH_MAX: u64 = if cfg!(unix) { 256 * 1024 } else { BLOCK as u64 };
/// The size of a read: 16 KB. So much of a text shows its encoding.
const BLOCK: usize = 16 * 1024;
/// How many files are remembered.
const CACHED: usize = 2048;
/// The coarsest time of a file system (FAT): within it a file can change twice and keep its times.
const GRANULARITY: Duration = Duration::from_secs(2);

/// What the content of a file shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Made of the content or the identity.
    digest: u64,
    pub(super) found: Found,
    /// The file has as many bytes as its metadata says. Files of procfs and sysfs do not.
    pub(super) is_sized: bool,
    /// The digest changes with the content. False for that of an identity whose last change is so young that another one
    /// may not show in it.
    is_strong: bool,
}

impl Facts {
    /// The entity tag (RFC 9110 section 8.8.3) of the file, or of its content in a coding. `None` if the size is not known.
    pub(super) fn etag(&self, length: u64, coding: Option<&str>) -> Option<String> {
        let weak = if self.is_strong { "" } else { "W/" };
        let (dash, coding) = coding.map_or(("", ""), |coding| ("-", coding));
        self.is_sized.then(|| format!("{weak}\"{length:x}-{:016x}{dash}{coding}\"", self.digest))
    }
}

/// What tells a file, and a version of it, from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Identity {
    /// Not in a tag: it may differ after a restart of the system.
    device: u64,
    inode: u64,
    size: u64,
    /// Nanoseconds since 1970. The change of content or inode cannot be set by a program, unlike the modification.
    changed: i128,
    modified: i128,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        let size = metadata.len();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let time = |seconds: i64, nanoseconds: i64| {
                i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
            };
            Self {
                device: metadata.dev(),
                inode: metadata.ino(),
                size,
                changed: time(metadata.ctime(), metadata.ctime_nsec()),
                modified: time(metadata.mtime(), metadata.mtime_nsec()),
            }
        }
        #[cfg(not(unix))]
        {
            let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let modified = modified.map_or(0, |time| time.as_nanos() as i128);
            Self { device: 0, inode: 0, size, changed: modified, modified }
        }
    }

    /// Returns true if a later change has another time.
    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as i128);
        now - self.changed > GRANULARITY.as_nanos() as i128
    }

    fn hash(&self, is_settled: bool) -> u64 {
        let mut hasher = DefaultHasher::new();
        // Until it has settled a file may change and keep this identity: the tag afterwards is another.
        (self.inode, self.size, self.changed, self.modified, is_settled).hash(&mut hasher);
        hasher.finish()
    }
}

/// The facts of files that have been sent, each in the place that its identity chooses. A few hundred kilobytes.
#[derive(Default)]
pub(super) struct FactCache(Mutex<Vec<Option<(Identity, MediaType, Facts)>>>);

impl std::fmt::Debug for FactCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FactCache")
    }
}

impl FactCache {
    /// The facts of an open file. Reads up to 256 KB of one that is not remembered.
    ///
    /// # Errors
    /// The system's, if the file cannot be read.
    pub(super) fn facts(&self, file: &File, metadata: &Metadata, media_type: MediaType) -> io::Result<Facts> {
        let identity = Identity::of(metadata);
        // Another system has no inode: two files may have one identity.
        let is_settled = identity.is_settled(SystemTime::now());
        if !cfg!(unix) || !is_settled {
            return read(file, &identity, is_settled, media_type);
        }
        let place = (identity.hash(true) % CACHED as u64) as usize;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(place).copied().flatten();
        if let Some((_, _, facts)) = known.filter(|known| (known.0, known.1) == (identity, media_type)) {
            return Ok(facts);
        }
        let facts = read(file, &identity, is_settled, media_type)?;
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached.resize(CACHED, None);
        if let Some(place) = cached.get_mut(place) {
            *place = Some((identity, media_type, facts));
        }
        Ok(facts)
    }
}

/// Reads what the facts are made of, in constant memory.
fn read(file: &File, identity: &Identity, is_settled: bool, media_type: MediaType) -> io::Result<Facts> {
    let size = identity.size;
    let (hashes, looks) = (size <= HASH_MAX, media_type.by_content != ByContent::Nothing);
    let (mut hasher, mut found, mut offset, mut is_sized) = (DefaultHasher::new(), Found::Nothing, 0, true);
    if hashes || looks {
        let mut block = vec![0; BLOCK];
        loop {
            let count = read_at(file, &mut block, offset)?;
            let bytes = block.get(..count).unwrap_or_default();
            if offset == 0 {
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
    let digest = if hashes { hasher.finish() } else { identity.hash(is_settled) };
    Ok(Facts { digest, found, is_sized, is_strong: hashes || is_settled })
}
