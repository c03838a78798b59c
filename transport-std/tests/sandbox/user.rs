//! --user: a start as root that serves as another user.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::sync::atomic::{AtomicU16, Ordering};

use rcgen::{CertificateParams, KeyPair};

use crate::program::Program;
use crate::{ask, of_every_thread, run, text};

/// Returns false, and says so, where this process is not root.
pub(crate) fn is_root() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        println!("not tested: this process is not root");
    }
    is_root
}

/// A port below 1024, which root alone may bind, and which no other test of this process gets.
fn privileged_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 600 + (std::process::id() % 100) as u16;
    let ports = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed));
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.take_while(|port| *port < 1000).find(is_free).expect("a free port")
}

in_every_mode! {
fn every_thread_is_the_users_and_what_root_has_opened_stays_open(mode) {
    if !is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".into()]).unwrap().self_signed(&key).unwrap();
    fs::write(path("a.crt"), certificate.pem()).unwrap();
    fs::write(path("a.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(path("a.key"), Permissions::from_mode(0o600)).unwrap();
    let (certificate, key, log) = (text(&path("a.crt")), text(&path("a.key")), text(&path("log")));
    let port = format!("127.0.0.1:{}", privileged_port());
    let flags = ["--user", "65534:65533", "--tls-cert", &certificate, "--tls-key", &key, "--access-log", &log, "--bind", &port];
    let mut program = Program::start_in(mode, &[&flags[..], &["--workers", "3"]].concat());
    // A flag may be repeated: the first address is the privileged one.
    assert_eq!(program.address.to_string(), port);
    for id in ["Uid", "Gid"] {
        let number = if id == "Uid" { "65534" } else { "65533" };
        let all = of_every_thread(&program, id);
        assert!(all.len() > 3 && all.iter().all(|ids| ids.split_whitespace().all(|id| id == number)), "{id}: {all:?}");
    }
    let root_group = |groups: &String| groups.split_whitespace().any(|group| group == "0");
    assert!(!of_every_thread(&program, "Groups").iter().any(root_group));
    assert!(of_every_thread(&program, "CapEff").iter().all(|set| set.bytes().all(|digit| digit == b'0')));
    for what in ["cannot write ", "cannot read "] {
        program.wait_for_line(&format!("--user: the new user {what}"));
    }
    program.signal("HUP");
    program.wait_for_line("cannot reopen the access log");
    program.signal("HUP");
    program.wait_for_line("the certificate stays as it was");
    program.address = crate::common::tls_bridge::bridge(program.address);
    assert_eq!(ask(&program, "/robots.txt").0, "200");
    crate::wait_until(|| fs::read_to_string(path("log")).unwrap().contains("/robots.txt"));
}
}

#[test]
fn a_user_that_there_is_not_is_refused_with_a_sentence() {
    let current = fs::metadata("/proc/self").unwrap().uid();
    let other = if current == 0 { "0" } else { "65533:65533" };
    let refused = if current == 0 { "gives up nothing" } else { "is not root, and cannot become 65533" };
    for (user, code, words) in [
        ("no-such-user", 1, "--user: there is no user no-such-user"),
        ("4294967:4294967:1", 2, "expected a user, or a user and a group"),
        ("", 2, "expected a user, or a user and a group"),
        ("4294967", 1, "needs its group: 4294967:GROUP"),
        ("65534:no-such-group", 1, "--user: there is no group no-such-group"),
        (other, 1, refused),
    ] {
        for check in [&["--check-config"][..], &[]] {
            let (found, error) = run(&[check, &["--bind", "127.0.0.1:0", "--user", user]].concat());
            assert!(found == Some(code) && error.contains(words), "{user:?}: {found:?} {error}");
        }
    }
}
