//! A disk without room, limits of the process, and calls of the system that fail.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use bantam_std::Mode;

use crate::client::{Folder, ask, form};
use crate::common::wait_until;
use crate::program::{Program, flag};

/// A small file system; unmounted when dropped.
struct Mounted(tempfile::TempDir);

impl Mounted {
    /// `None` where this user may not mount one.
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(dir.path())
            .stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(dir))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// Uploads more than fits, by PUT of a stated and of no length and by a form; then what fits.
fn check_full(address: std::net::SocketAddr, root: &Path, length: usize) {
    let large = "x".repeat(length);
    let chunked = format!("{length:x}\r\n{large}\r\n0\r\n\r\n");
    let (content_type, body) = form(&[("filename=small", "text"), ("filename=a", &large)]);
    for _ in 0..2 {
        assert_eq!(ask(address, "PUT", "/a", "", large.as_bytes()).status, 507);
        let stream = crate::client::begin(address, "PUT", "/a", "Transfer-Encoding: chunked\r\n");
        let _ = std::io::Write::write_all(&mut &stream, chunked.as_bytes());
        let reply = crate::client::finish(stream);
        assert!(
            reply.status == 507
                && reply
                    .body
                    .contains("<h1>507 Insufficient Storage</h1>\nThere is not enough room for this file."),
            "{reply:?}"
        );
        assert_eq!(ask(address, "POST", "/", &content_type, &body).status, 507);
        wait_until(|| names(root) == ["old"]);
    }
    assert_eq!(ask(address, "PUT", "/a", "", b"text").status, 201);
    assert_eq!(fs::read_to_string(root.join("old")).unwrap(), "old");
}

in_every_mode! {
fn a_full_disk_is_507_and_leaves_nothing(mode) {
    let Some(mounted) = Mounted::new("1m") else {
        println!("skipped: this user may not mount a file system");
        return;
    };
    let root = mounted.0.path();
    fs::write(root.join("old"), "old").unwrap();
    let flags = ["--quiet", "--upload", "--upload-min-free", "0", "--root", root.to_str().unwrap()];
    let program = Program::start_in(mode, &flags);
    check_full(program.address, root, 2 << 20);
}

fn a_limit_of_the_process_is_507_and_leaves_nothing(mode) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("old"), "old").unwrap();
    let mut limited = Command::new("env");
    // In blocks of 512 bytes.
    limited.args(["--default-signal=XFSZ", "sh", "-c", "ulimit -f 200; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_bantam"), "--quiet", "--mode", flag(mode)]);
    limited.args(["--upload", "--upload-min-free", "0", "--root"]).arg(dir.path());
    let program = Program::spawn(limited);
    check_full(program.address, dir.path(), 300_000);
}

fn a_disk_that_cannot_be_written_is_403(mode) {
    let Some(mounted) = Mounted::new("1m") else {
        println!("skipped: this user may not mount a file system");
        return;
    };
    let root = mounted.0.path();
    fs::write(root.join("old"), "old").unwrap();
    let mut remount = Command::new("mount");
    assert!(remount.args(["-o", "remount,ro"]).arg(root).status().unwrap().success());
    let flags = ["--quiet", "--upload", "--upload-overwrite", "--upload-min-free", "0", "--root"];
    let program = Program::start_in(mode, &[&flags[..], &[root.to_str().unwrap()]].concat());
    for (method, path) in [("PUT", "/a"), ("PUT", "/old"), ("DELETE", "/old")] {
        assert_eq!(ask(program.address, method, path, "", b"text").status, 403, "{method} {path}");
    }
    assert_eq!(names(root), ["old"]);
}

fn space_that_is_to_stay_free_is_507(mode) {
    let folder = Folder::start(mode, &["--upload-min-free", "1000000g"]);
    assert_eq!(folder.put("/a", b"text"), 507);
    assert_eq!(folder.post("/", "", &[("filename=a", "text")]).status, 507);
    assert!(folder.names().is_empty());
}

fn an_upload_of_any_size_takes_constant_memory(mode) {
    const SIZE: u64 = 200 << 20;
    let folder = Folder::start(mode, &[]);
    let stream = crate::client::begin(folder.program.address, "PUT", "/a", &format!("Content-Length: {SIZE}\r\n"));
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'x'), SIZE), &mut &stream).unwrap();
    assert_eq!(crate::client::finish(stream).status, 201);
    assert_eq!(folder.path("a").metadata().unwrap().len(), SIZE);
    let peak = folder.program.status("VmHWM");
    println!("peak resident memory of the program: {peak}");
    let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < 20_000, "{peak}");
}

#[ignore = "needs strace: tests/run installs it"]
fn whatever_call_fails_a_name_has_its_old_content_or_all_of_the_new(mode) {
    for (inject, old, expected) in [
        // A kernel or a file system without the rename that replaces nothing.
        ("renameat2:error=ENOSYS", None, 201),
        ("renameat2:error=EINVAL", None, 201),
        ("renameat2:error=EIO", None, 500),
        ("renameat2,linkat:error=EPERM", None, 403),
        ("renameat2,renameat,rename:error=EIO", Some("old"), 500),
        ("fsync:error=EIO:when=1", Some("old"), 500),
        ("fsync:error=EDQUOT:when=1", None, 507),
        ("flock:error=ENOLCK", None, 201),
        ("openat2,statx,fstatfs:error=ENOSYS", Some("old"), 204),
        ("fchmod:error=EPERM", Some("old"), 403),
        ("unlinkat:error=EIO:when=1", None, 201),
    ] {
        let dir = tempfile::tempdir().unwrap();
        old.iter().for_each(|old| fs::write(dir.path().join("a"), old).unwrap());
        let mut strace = Command::new("strace");
        let inject_flag = format!("inject={inject}");
        // -D: the program is the child, and strace ends with it.
        strace.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", &inject_flag, env!("CARGO_BIN_EXE_bantam"), "--quiet"]);
        strace.args(["--mode", flag(mode), "--upload", "--upload-overwrite", "--upload-fsync", "--upload-min-free", "0", "--root"]);
        let program = Program::spawn({ strace.arg(dir.path()); strace });
        let reply = ask(program.address, "PUT", "/a", "", b"new");
        assert_eq!(reply.status, expected, "{inject}");
        let content = fs::read_to_string(dir.path().join("a")).ok();
        let wanted = if expected < 300 { Some("new") } else { old };
        assert_eq!(content.as_deref(), wanted, "{inject}");
        wait_until(|| names(dir.path()).iter().all(|name| name == "a"));
    }
}

#[ignore = "needs strace: tests/run installs it"]
fn a_program_that_is_killed_in_any_call_leaves_the_old_content_or_all_of_the_new(mode) {
    for (number, call) in ["renameat2", "rename,renameat", "flock", "fsync", "fchmod", "statfs,fstatfs", "linkat", "unlinkat"].iter().enumerate() {
        for when in [1, 2] {
            let dir = tempfile::tempdir().unwrap();
            let old = (number % 2 == 0).then_some("old");
            old.iter().for_each(|old| fs::write(dir.path().join("a"), old).unwrap());
            let mut strace = Command::new("strace");
            let inject = format!("inject={call}:signal=KILL:when={when}");
            strace.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", &inject, env!("CARGO_BIN_EXE_bantam"), "--quiet"]);
            strace.args(["--mode", flag(mode), "--upload", "--upload-overwrite", "--upload-fsync", "--upload-min-free", "0", "--root"]);
            let program = Program::spawn({ strace.arg(dir.path()); strace });
            let (mut stream, content) = (crate::common::connect(program.address), "new".repeat(100_000));
            let head = format!("PUT /a HTTP/1.0\r\nContent-Length: {}\r\n\r\n", content.len());
            let _ = std::io::Write::write_all(&mut stream, head.as_bytes());
            let _ = std::io::Write::write_all(&mut stream, content.as_bytes());
            let mut answer = Vec::new();
            let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
            let is_acknowledged = answer.starts_with(b"HTTP/1.1 20");
            drop(program);
            let found = fs::read_to_string(dir.path().join("a")).ok();
            let is_new = found.as_deref() == Some(&*content);
            assert!(is_new || !is_acknowledged && found.as_deref() == old, "{inject}");
            // The next start removes the rest.
            let root = dir.path().to_str().unwrap();
            let _next = Program::start_in(mode, &["--quiet", "--upload", "--root", root]);
            wait_until(|| names(dir.path()).iter().all(|name| name == "a"));
        }
    }
}
}

#[test]
fn uploads_beyond_the_limit_are_503_and_go_on_when_one_has_ended() {
    use bantam_std::files::Uploads;
    use bantam_std::{ServeDir, Server};

    for mode in Mode::ALL {
        let dir = tempfile::tempdir().unwrap();
        let site = ServeDir::open(dir.path()).unwrap().uploads(Uploads::new().at_once(1).min_free(0));
        let server = Server::new().mode(*mode).bind("127.0.0.1:0").unwrap().start(site).unwrap();
        let address = server.local_addrs()[0];
        let first = crate::client::begin(address, "PUT", "/a", "Content-Length: 3\r\n");
        wait_until(|| !names(dir.path()).is_empty());
        let reply = ask(address, "PUT", "/b", "", b"new");
        assert_eq!((reply.status, reply.field("Retry-After")), (503, Some("5")), "{mode:?}");
        std::io::Write::write_all(&mut &first, b"new").unwrap();
        assert_eq!(crate::client::finish(first).status, 201);
        assert_eq!(ask(address, "PUT", "/b", "", b"new").status, 201);
    }
}
