//! What the program says when it has started: on a terminal, by --qr and by --open.

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::common::has_ipv6;
use crate::program::{Program, command, shield};
use crate::user::is_root;
use crate::{text, wait_until};

/// A program whose stdout is a pseudo-terminal. Killed when dropped.
struct OnTerminal {
    child: Child,
    output: String,
}

impl OnTerminal {
    /// Starts the program, and reads what it prints up to `end`.
    fn start(mut command: Command, end: &str) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).and_then(|()| unlockpt(&terminal)).unwrap();
        let stdout = ioctl_tiocgptpeer(&terminal, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        // `CI` stands for colours whatever the terminal is, as do the variables of CLICOLOR.
        shield(&mut command).env("TERM", "xterm").stdout(stdout).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        drop(command);
        let (mut terminal, mut output) = (File::from(terminal), String::new());
        while !output.contains(end) {
            let mut bytes = [0; 4096];
            let count = terminal.read(&mut bytes).expect("it goes on");
            output.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        Self { child, output: output.replace('\r', "") }
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_terminal_gets_the_urls_behind_a_wildcard_in_colours_unless_they_are_not_wanted() {
    let on = OnTerminal::start(command(&["--bind", "0.0.0.0:0"]), "127.0.0.1:");
    assert!(on.output.starts_with("bantam serves \u{1b}["), "{:?}", on.output);
    assert!(on.output.contains("http://0.0.0.0:") && on.output.contains("\u{1b}[0m\n"), "{:?}", on.output);
    for (variable, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = Command::new("env");
        command
            .arg(format!("{variable}={value}"))
            .arg(env!("CARGO_BIN_EXE_bantam"))
            .args(["--bind", "0.0.0.0:0"]);
        let plain = &OnTerminal::start(command, "127.0.0.1:").output;
        assert!(plain.starts_with("bantam serves http://0.0.0.0:") && !plain.contains('\u{1b}'), "{plain:?}");
    }
}

#[test]
fn without_a_terminal_a_listener_has_its_line_and_nothing_else() {
    let other = if has_ipv6() { "[::1]" } else { "127.0.0.2" };
    let program = Program::start(&["--bind", "0.0.0.0:0", "--bind", &format!("{other}:0")]);
    assert_eq!(program.address.ip().to_string(), "0.0.0.0");
    program.signal("TERM");
    let (code, rest, error) = program.wait();
    let lines: Vec<_> = rest.lines().map(|line| line.rsplit_once(':').expect("a port").0).collect();
    assert_eq!(
        (code, lines),
        (Some(0), vec![&*format!("bantam serves http://{other}"), "bantam serves http://127.0.0.1"]),
        "{error}"
    );
}

#[test]
fn a_qr_code_is_printed_if_another_machine_can_open_the_url() {
    let drawn = OnTerminal::start(command(&["--bind", "127.0.0.1:0", "--bind", "0.0.0.0:0"]), "\n");
    assert!(!drawn.output.contains('\u{2580}'), "only when it is asked for");
    // 192.0.2.1 may be no address of this machine; a wildcard has those that it has.
    let mut program = Program::start(&["--qr"]);
    let line = program.wait_for_line("--qr: ");
    assert!(line.starts_with("warn: --qr: no other machine can open a URL of this server"), "{line}");
    let program = Program::start(&["--bind", "0.0.0.0:0", "--qr"]);
    program.signal("TERM");
    let (_, out, error) = program.wait();
    let is_row = |line: &&str| line.chars().all(|letter| " \u{2580}\u{2584}\u{2588}".contains(letter));
    let rows = out.lines().filter(is_row).count();
    assert!(
        rows >= 14 && !out.contains('\u{1b}') || error.contains("--qr: no other machine"),
        "{out}{error}"
    );
}

#[test]
fn a_browser_is_opened_outside_the_sandbox_when_the_server_has_started() {
    // TMPDIR of root may be one that no other user may enter.
    let is_open = |dir: &Path| dir.metadata().is_ok_and(|dir| dir.permissions().mode() & 1 == 1);
    let tmp = std::env::temp_dir();
    let is_entered = !is_root() || tmp.ancestors().all(is_open);
    let home = tempfile::tempdir_in(if is_entered { &*tmp } else { Path::new("/tmp") }).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o777)).unwrap();
    let launcher = |lines: &str| {
        let path = home.path().join("xdg-open");
        fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    };
    let opened = home.path().join("opened");
    launcher(&format!("echo \"$1\" > {0}.new && mv {0}.new {0}", text(&opened)));
    let start = |flags: &[&str]| {
        let mut command = command(&["--open"]);
        command.args(flags).env("PATH", format!("{}:/usr/bin:/bin", home.path().display()));
        Program::spawn(command)
    };
    let user: &[&str] = if is_root() { &["--user", "65534:65534"] } else { &[] };
    let mut program = start(user);
    wait_until(|| opened.exists());
    assert_eq!(fs::read_to_string(&opened).unwrap().trim(), program.url("/"));
    // The thread outside the sandbox ends.
    wait_until(|| crate::of_every_thread(&program, "NoNewPrivs").iter().all(|value| value == "1"));
    launcher("exit 3");
    program = start(user);
    program.wait_for_line("--open: the browser's launcher ended with exit status: 3");
    if is_root() {
        fs::remove_file(&opened).unwrap();
        program = start(&[]);
        program.wait_for_line("--open: root starts no browser");
        assert!(!opened.exists());
    }
}
