//! Removes the files of uploads that did not end: those of a program that was killed.
//!
//! Invariant: a file that a running program is receiving is locked, and stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;

use crate::files::open::{Opened, RootDir, Symlinks};
use crate::files::temporary_name::is_temporary;

/// Goes through all folders below the root, through no link, and returns how many files it has removed. Blocks as the disk does.
/// What cannot be read or removed stays.
pub(crate) fn remove_stale(root: &RootDir) -> u64 {
    let root = RootDir { symlinks: Symlinks::Never, ..root.clone() };
    let (mut pending, mut removed) = (vec![PathBuf::new()], 0);
    while let Some(path) = pending.pop() {
        let Ok(Some(Opened::Directory(dir))) = root.open_path(&path) else { continue };
        let folder = RootDir { dir: Arc::new(dir), ..root };
        let Ok(entries) = folder.dir.entries() else { continue };
        for entry in entries.flatten() {
            let (name, kind) = (entry.file_name(), entry.file_type());
            match kind {
                Ok(kind) if kind.is_dir() => pending.push(path.join(name)),
                Ok(kind) if kind.is_file() && is_temporary(name.as_encoded_bytes()) => {
                    removed += u64::from(remove_unlocked(&folder, Path::new(&name)));
                }
                _ => {}
            }
        }
    }
    removed
}

/// Removes a file that no program has locked.
fn remove_unlocked(folder: &RootDir, name: &Path) -> bool {
    let Ok(Some(Opened::File(file, _))) = folder.open_path(name) else { return false };
    file.try_lock().is_ok() && Dir::remove_file(&folder.dir, name).is_ok()
}
