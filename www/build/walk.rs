//! Law: a folder is read in the order of its names, so that the same tree gives the same code.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file below `folder`, with its path inside it (`a/b.txt`). Names that begin with a dot are an editor's or a
/// system's, not the site's.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| format!("{} has a name that is not UTF-8", path.display()))?;
        let inside = format!("{prefix}{name}");
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            walk(&path, &format!("{inside}/"), found)?;
        } else {
            found.push((inside, path));
        }
    }
    Ok(())
}

/// A path segment that can stand in a URL as it is; others would need escapes that no link has.
pub(crate) fn is_plain(inside: &str) -> bool {
    inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
}
