//! Uploads as an operator sets them: which clients may write, what a start says, what a check says.

use std::fs;

use crate::client::Folder;
use crate::common::has_ipv6;
use crate::program::{Program, command};

/// The user `ada` with the password `password`, which is checked in a millisecond.
const USER: &str = "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const LOGIN: &str = "Authorization: Basic YWRhOnBhc3N3b3Jk\r\n";
const WRONG: &str = "Authorization: Basic YWRhOndyb25n\r\n";

in_every_mode! {
fn a_password_for_writing_leaves_reading_to_everyone(mode) {
    let folder = Folder::start(mode, &["--basic-auth", USER, "--auth-for", "write", "--listing"]);
    for (method, path) in [("PUT", "/a"), ("DELETE", "/a"), ("POST", "/"), ("PATCH", "/a"), ("TRACE", "/")] {
        let reply = folder.ask(method, path, "", b"");
        assert!(reply.status == 401 && reply.field("WWW-Authenticate").is_some(), "{method}: {reply:?}");
        assert_eq!(folder.ask(method, path, WRONG, b"").status, 401, "{method}");
    }
    assert!(folder.names().is_empty());
    assert_eq!(folder.ask("PUT", "/a", LOGIN, b"text").status, 201);
    for method in ["GET", "HEAD"] {
        let reply = folder.ask(method, "/a", "", b"");
        assert_eq!((reply.status, reply.field("Cache-Control")), (200, Some("no-cache")), "{reply:?}");
        assert_eq!(folder.ask(method, "/a", WRONG, b"").status, 401, "a password that is there has to be right");
        assert_eq!(folder.ask(method, "/a", LOGIN, b"").status, 200);
    }
    assert_eq!(folder.ask("OPTIONS", "/a", "", b"").status, 204);
    assert_eq!(folder.ask("DELETE", "/a", LOGIN, b"").status, 204);
}

fn a_name_in_the_log_is_that_of_a_user_also_where_reading_needs_no_password(mode) {
    let log = tempfile::tempdir().unwrap();
    let path = log.path().join("log");
    let folder = Folder::start(mode, &["--basic-auth", USER, "--auth-for", "write", "--access-log", path.to_str().unwrap()]);
    folder.ask("GET", "/1", WRONG, b"");
    folder.ask("GET", "/2", LOGIN, b"");
    folder.ask("GET", "/3", "", b"");
    let mut text = String::new();
    crate::common::wait_until(|| {
        text = fs::read_to_string(&path).unwrap_or_default();
        text.contains("/3")
    });
    let names: Vec<_> = text.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(names, ["-", "ada", "-"], "{text}");
}
}

fn check(flags: &[&str]) -> (Option<i32>, String) {
    let output = command(&[&["--check-config"], flags].concat()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn uploads_without_a_password_on_an_address_of_others_are_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let root = ["--upload", "--root", dir.path().to_str().unwrap()];
    let warning = "may store and remove files, without a password";
    for (flags, is_said) in [
        (&["--bind", "0.0.0.0:0"][..], true),
        (if has_ipv6() { &["--bind", "[::]:0"] } else { &["--bind", "0.0.0.0:0"] }, true),
        (&["--bind", "127.0.0.1:0"], false),
        (&["--bind", "0.0.0.0:0", "--basic-auth", USER], false),
        (&["--bind", "0.0.0.0:0", "--basic-auth", USER, "--auth-for", "write"], false),
    ] {
        let (code, stderr) = check(&[&root[..], flags].concat());
        assert_eq!(
            (code, stderr.matches(warning).count()),
            (Some(0), usize::from(is_said)),
            "{flags:?}: {stderr}"
        );
    }
    let mut program = Program::start(&[&root[..], &["--bind", "0.0.0.0:0"]].concat());
    program.wait_for_line(warning);
}

#[test]
fn a_check_leaves_what_a_kill_left() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".bantam-upload-0"), "left").unwrap();
    let root = dir.path().to_str().unwrap();
    assert_eq!(check(&["--bind", "127.0.0.1:0", "--upload", "--root", root]), (Some(0), String::new()));
    assert!(dir.path().join(".bantam-upload-0").exists());
}

#[test]
fn a_root_that_cannot_be_written_is_said() {
    // No file of procfs can be made, even by root.
    let (code, stderr) = check(&["--bind", "127.0.0.1:0", "--upload", "--root", "/proc/sys"]);
    if cfg!(target_os = "linux") {
        assert!(
            code == Some(0) && stderr.contains("--upload: this user cannot store files in /proc/sys"),
            "{stderr}"
        );
    }
}

#[test]
fn a_flag_without_effect_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    for (flags, word) in [
        (&["--upload"][..], "--root"),
        (&["--root", root, "--upload-max", "1m"], "--upload"),
        (&["--root", root, "--upload-overwrite"], "--upload"),
        (&["--root", root, "--upload", "--upload-max", "1x"], "expected a number of bytes"),
        (&["--auth-for", "write"], "--basic-auth"),
        (&["--basic-auth", USER, "--auth-for", "read"], "possible values: all, write"),
    ] {
        let (code, stderr) = check(flags);
        assert!(code == Some(2) && stderr.contains(word), "{flags:?}: {stderr}");
    }
}
