//! The headers of a tar file, in the format of GNU tar, which every tar of today reads.
//!
//! Invariant: a header says of a file its name, its size and the time of its modification, and nothing of this machine's users.

use tar::{EntryType, Header};

use crate::files::stat::FileStat;

/// The size of a header, and what the content of a file is padded to a multiple of, in bytes.
pub(super) const BLOCK: usize = 512;

/// The kind of an entry. Links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Directory,
}

/// Appends the header of an entry; that of a long name goes before it. Names are bytes, with slashes between their components.
pub(super) fn push_entry(out: &mut Vec<u8>, kind: EntryKind, name: &[u8], stat: &FileStat) {
    let mut name = name.to_vec();
    let mut header = match kind {
        EntryKind::File => header(EntryType::Regular, stat.size, 0o644),
        EntryKind::Directory => {
            name.push(b'/');
            header(EntryType::Directory, 0, 0o755)
        }
    };
    // The format has no time before 1970.
    header.set_mtime(u64::try_from(stat.modified.seconds).unwrap_or(0));
    if name.len() > header.as_old().name.len() {
        // The name stands behind a header of its own, with a zero at its end.
        let mut long = self::header(EntryType::GNULongName, name.len() as u64 + 1, 0o644);
        push(out, &mut long, b"././@LongLink");
        out.extend(&name);
        let padded = (name.len() + 1).next_multiple_of(BLOCK);
        out.resize(out.len() + padded - name.len(), 0);
    }
    push(out, &mut header, &name);
}

fn header(kind: EntryType, size: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Appends a header with as much of the name as it holds.
fn push(out: &mut Vec<u8>, header: &mut Header, name: &[u8]) {
    let place = &mut header.as_old_mut().name;
    let length = name.len().min(place.len());
    place[..length].copy_from_slice(&name[..length]);
    header.set_cksum();
    out.extend(header.as_bytes());
}
