//! A recursive directory walk.
//! Invariant: the same tree gives the same list, sorted by path.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns every file below `folder` with its relative path (`a/b.txt`). Skips names that begin with a dot.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| format!("{} has a name that is not UTF-8", path.display()))?;
        let relative = format!("{prefix}{name}");
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(&path, &format!("{relative}/"), found)?;
        } else {
            found.push((relative, path));
        }
    }
    Ok(())
}

/// Fails if the path needs escapes in a URL.
pub(crate) fn check_plain(path: &str) -> Result<(), String> {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte));
    let error = || format!("{path} has a name that needs escapes in a URL: use letters, digits and -._~");
    plain.then_some(()).ok_or_else(error)
}
