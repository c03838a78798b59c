//! The paths that the program opens after its start: a feature that opens another one adds it here.
//!
//! Invariant: what is missing here works without the sandbox and fails in it.

use crate::args::Args;
use crate::listeners::unix_path;
use crate::sandbox::Needs;

/// The needs of a program with these settings.
pub(crate) fn needed_paths(args: &Args) -> Needs {
    let mut needs = Needs::default();
    if let Some(root) = args.files.root() {
        needs.read_directory(root);
        if args.files.upload.is_on() {
            needs.change.extend(needs.read.clone());
        }
    }
    for file in args.tls.files() {
        needs.read_replaceable(file);
    }
    if let Some(log) = args.telemetry.access_log() {
        needs.append_replaceable(log);
    }
    for path in args.bind.iter().filter_map(|address| unix_path(address)) {
        needs.remove_socket(path);
    }
    // What telemetry/process.rs reads.
    needs.procfs.push("/proc/self".into());
    if args.telemetry.metrics.is_some() {
        needs.procfs.push("/proc/stat".into());
    }
    // The names in a backtrace.
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        needs.read.extend(std::env::current_exe());
    }
    needs
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;

    use clap::Parser as _;

    use super::*;

    fn needs_of(flags: &[&str]) -> Needs {
        needed_paths(&Args::parse_from(["bantam"].iter().chain(flags)))
    }

    #[test]
    fn each_flag_with_a_path_has_its_needs() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let path = |name: &str| home.join(name);
        let text = |name: &str| path(name).display().to_string();
        ["root", "tls", "log", "run"].iter().for_each(|dir| std::fs::create_dir(path(dir)).unwrap());
        std::fs::write(path("log/access"), "").unwrap();
        let (root, socket) = (text("root"), format!("unix:{}", text("run/s")));
        let (cert, key, log) = (text("tls/a"), text("tls/b"), text("log/access"));
        let none = needs_of(&[]);
        assert!(none.append.is_empty() && none.remove.is_empty() && none.change.is_empty());
        assert_eq!(none.procfs, [Path::new("/proc/self")]);
        let served = needs_of(&["--root", &root, "--bind", &socket, "--access-log", &log]);
        assert!(served.read.contains(&path("root")) && served.change.is_empty());
        assert!(served.append.iter().all(|found| *found == path("log")) && !served.append.is_empty());
        assert_eq!(served.remove, [path("run")]);
        assert_eq!(needs_of(&["--root", &root, "--upload"]).change, [path("root")]);
        let tls = needs_of(&["--tls-cert", &cert, "--tls-key", &key, "--metrics", "127.0.0.1:0"]);
        assert!(tls.read.contains(&path("tls")) && tls.procfs.contains(&"/proc/stat".into()));
    }

    #[test]
    fn the_directory_of_a_device_is_not_written() {
        for log in ["/dev/null", "/dev/stdout", "/dev/stderr", "/proc/self/fd/2"] {
            assert_eq!(needs_of(&["--access-log", log]).append, [Path::new(log)]);
        }
    }
}
