//! Landlock (landlock(7)): restricts this thread, and those that it starts, to what a program needs.
//!
//! Invariant: what is not in the needs is denied, but for what was open before.

use std::fmt;
use std::path::PathBuf;

use ::landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
    make_bitflags, path_beneath_rules,
};
use log::debug;

use super::needs::Needs;

/// The newest version that the tests have run on. A kernel with an older one restricts less.
const NEWEST: ABI = ABI::V7;
/// The versions since which TCP, and signals and abstract sockets, are restricted.
const WITH_TCP: ABI = ABI::V4;
const WITH_SCOPES: ABI = ABI::V6;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
const APPEND: BitFlags<AccessFs> = make_bitflags!(AccessFs::{WriteFile | MakeReg | Truncate});
const REMOVE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{RemoveFile});
const CHANGE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer
});

/// A restriction that is in place.
pub(super) struct Restriction {
    abi: ABI,
    below: Vec<String>,
    _procfs: Vec<PathFd>,
}

/// Restricts this thread.
///
/// # Errors
/// The end of a sentence: why nothing is restricted.
pub(super) fn restrict(needs: &Needs) -> Result<Restriction, String> {
    let sets: [(&str, &[PathBuf], BitFlags<AccessFs>); 4] = [
        ("read", &needs.read, READ),
        ("append", &needs.append, APPEND),
        ("remove", &needs.remove, REMOVE),
        ("change", &needs.change, CHANGE),
    ];
    let mut ruleset = create().map_err(|error| error.to_string())?;
    let mut below = Vec::new();
    for (what, paths, access) in sets {
        let mut paths = paths.to_vec();
        paths.sort();
        paths.dedup();
        below.extend(paths.iter().map(|path| format!("{what} {}", path.display())));
        for rule in path_beneath_rules(paths, access) {
            add(&mut ruleset, rule);
        }
    }
    let procfs: Vec<_> = needs.procfs.iter().filter_map(|path| PathFd::new(path).ok()).collect();
    for open in &procfs {
        add(&mut ruleset, Ok(PathBeneath::new(open, READ)));
    }
    let status = ruleset.restrict_self().map_err(|error| error.to_string())?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            Ok(Restriction { abi: effective_abi, below, _procfs: procfs })
        }
        _ => Err(ABSENT.into()),
    }
}

const ABSENT: &str = "this kernel has no Landlock (Linux 5.13), or it is not enabled";

/// Returns an error where nothing can be restricted.
pub(super) fn is_available() -> Result<(), String> {
    let probe = Ruleset::default().handle_access(AccessFs::from_all(ABI::V1)).and_then(Ruleset::create);
    // The crate makes no file of a ruleset that the kernel does not take.
    let file: Result<Option<std::os::fd::OwnedFd>, _> = probe.map(Into::into);
    match file {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(ABSENT.into()),
        Err(error) => Err(error.to_string()),
    }
}

fn create() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()
}

/// Adds a rule. One that the kernel does not take, such as for a pipe, allows nothing.
fn add<F: std::os::fd::AsFd>(ruleset: &mut RulesetCreated, rule: Result<PathBeneath<F>, RulesetError>) {
    if let Err(error) = rule.and_then(|rule| ruleset.add_rule(rule).map(drop)) {
        debug!("sandbox: a rule was not taken: {error}");
    }
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limited = |since, what| if self.abi >= since { what } else { "not restricted" };
        write!(f, "Landlock ABI {}; new privileges: none; files: ", self.abi)?;
        f.write_str(if self.below.is_empty() { "none" } else { "" })?;
        write!(f, "{}", self.below.join(", "))?;
        write!(f, "; TCP connections and binds: {}", limited(WITH_TCP, "none"))?;
        write!(f, "; signals and abstract sockets: {}", limited(WITH_SCOPES, "of this program"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::{self, ErrorKind};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::path::Path;
    use std::process::Command;
    use std::thread;

    use super::*;

    /// Runs a check in a thread that is restricted, as every thread is that it starts. Says so where nothing can be restricted.
    #[expect(clippy::print_stdout, reason = "a test is said to be skipped")]
    fn restricted(needs: &Needs, check: impl FnOnce(&Restriction) + Send) {
        if let Err(why) = is_available() {
            println!("not tested: {why}");
            return;
        }
        thread::scope(|scope| {
            scope.spawn(|| {
                let restriction = restrict(needs).expect("restricted");
                thread::scope(|scope| scope.spawn(|| check(&restriction)).join().expect("the check"));
            });
        });
    }

    fn denied<T: fmt::Debug>(result: io::Result<T>) {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::PermissionDenied);
    }

    fn append(path: &Path) -> io::Result<File> {
        File::options().append(true).create(true).open(path)
    }

    #[test]
    fn what_is_not_needed_is_denied_to_every_thread_that_starts_later() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        for (dir, file) in
            [("site", "a"), ("log", "access.log"), ("run", "socket"), ("secret", "key"), ("upload", "u")]
        {
            fs::create_dir(path(dir)).unwrap();
            fs::write(path(dir).join(file), "text").unwrap();
        }
        let needs = Needs {
            read: vec![path("site"), path("absent")],
            append: vec![path("log")],
            remove: vec![path("run")],
            change: vec![path("upload")],
            procfs: vec!["/proc/self".into()],
            ..Needs::default()
        };
        let (listener, open) =
            (TcpListener::bind("127.0.0.1:0").unwrap(), File::open(path("secret/key")).unwrap());
        restricted(&needs, |restriction| {
            assert_eq!(fs::read(path("site/a")).unwrap(), b"text");
            assert_eq!(fs::read_dir(path("site")).unwrap().count(), 1);
            for (dir, file) in [("log", "access.log"), ("run", "socket"), ("secret", "key")] {
                denied(File::open(path(dir).join(file)));
                denied(fs::read_dir(path(dir)));
            }
            denied(File::open("/etc/passwd"));
            assert_eq!(io::read_to_string(&open).unwrap(), "text", "what is open stays open");
            for dir in ["site", "run", "secret"] {
                denied(append(&path(dir).join("new")));
            }
            fs::rename(path("upload/u"), path("upload/v")).unwrap();
            denied(fs::rename(path("log/access.log"), path("log/access.log.1")));
            append(&path("log/access.log")).and_then(|file| file.set_len(1)).unwrap();
            append(&path("log/new")).unwrap();
            denied(fs::remove_file(path("log/new")));
            fs::remove_file(path("run/socket")).unwrap();
            fs::create_dir(path("upload/dir")).unwrap();
            fs::write(path("upload/dir/new"), "").unwrap();
            fs::remove_dir_all(path("upload/dir")).unwrap();
            assert!(fs::read_to_string("/proc/self/stat").is_ok() && fs::read_dir("/proc/self/fd").is_ok());
            denied(File::open("/proc/stat"));
            denied(Command::new("/bin/sh").output());
            if restriction.abi >= WITH_TCP {
                denied(TcpStream::connect(listener.local_addr().unwrap()));
                denied(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
            }
        });
        // This thread is not restricted.
        assert!(
            TcpStream::connect(listener.local_addr().unwrap()).is_ok() && File::open("/etc/passwd").is_ok()
        );
    }
}
