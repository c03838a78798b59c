//! `Followed`: what a path names, and where its links would find another target.
//!
//! Invariant: the root directory of the system is in no result: a rule for it would allow everything.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// How many links a path may have: as many as Linux follows.
const MAX_LINKS: usize = 40;

/// A path without its links.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Followed {
    /// What it names now.
    pub(super) target: PathBuf,
    /// The directories that hold the targets of its links: `releases` for `current -> releases/42`. A link that is switched to a
    /// neighbour of its target stays within them.
    pub(super) beside_targets: Vec<PathBuf>,
}

/// Follows the links of a path, as the system does.
///
/// # Errors
/// A loop of links; the current directory is gone.
pub(super) fn follow(path: &Path) -> io::Result<Followed> {
    let components = |path: &Path| path.components().rev().map(|part| part.as_os_str().to_owned()).collect();
    let mut rest: Vec<OsString> = components(&std::path::absolute(path)?);
    let (mut target, mut beside_targets, mut links) = (PathBuf::new(), Vec::new(), 0);
    while let Some(part) = rest.pop() {
        if part == "." || part == ".." {
            if part == ".." {
                target.pop();
            }
            continue;
        }
        let next = target.join(&part);
        let Ok(link) = next.read_link() else {
            target = next;
            continue;
        };
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::other("too many links"));
        }
        // What the last component of the link is in, without links of its own.
        let parent = target.join(&link).parent().and_then(|parent| parent.canonicalize().ok());
        beside_targets.extend(parent.filter(|parent| parent.parent().is_some()));
        rest.extend(components(&link) as Vec<OsString>);
    }
    Ok(Followed { target, beside_targets })
}

/// The directory of a file; the current one for a bare name.
pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn followed(home: &Path, path: &str) -> (String, Vec<String>) {
        let text = |path: &Path| {
            path.strip_prefix(home)
                .map_or_else(|_| path.display().to_string(), |path| path.display().to_string())
        };
        let Followed { target, beside_targets } = follow(&home.join(path)).expect("no loop");
        (text(&target), beside_targets.iter().map(|path| text(path)).collect())
    }

    #[test]
    fn a_link_finds_its_next_target_beside_the_one_that_it_has() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        fs::create_dir_all(home.join("releases/1/public")).unwrap();
        fs::create_dir_all(home.join("certs/..2026")).unwrap();
        fs::write(home.join("certs/..2026/tls.crt"), "").unwrap();
        for (link, target) in [
            ("current", "releases/1/"),
            ("absolute", &*home.join("releases/1").display().to_string()),
            ("app", "current"),
            ("certs/..data", "..2026"),
            ("certs/tls.crt", "..data/tls.crt"),
            ("everything", "/"),
            ("loop", "loop"),
        ] {
            symlink(target, home.join(link)).unwrap();
        }
        for (path, target, beside) in [
            ("releases/1", "releases/1", &[][..]),
            ("current", "releases/1", &["releases"]),
            ("absolute", "releases/1", &["releases"]),
            // As git-sync has it: a directory below the link.
            ("current/public", "releases/1/public", &["releases"]),
            ("current/../1", "releases/1", &["releases"]),
            ("app/public", "releases/1/public", &["", "releases"]),
            // As Kubernetes mounts secrets.
            ("certs/tls.crt", "certs/..2026/tls.crt", &["certs/..2026", "certs"]),
            ("everything", "/", &[]),
            ("absent/x", "absent/x", &[]),
        ] {
            let beside = beside.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
            assert_eq!(followed(&home, path), (target.to_owned(), beside), "{path}");
        }
        assert!(follow(&home.join("loop")).is_err());
    }
}
