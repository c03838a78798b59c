//! What holds for every flag of `--help`: a row in the table of features, and a sentence for a value that is not valid.

use std::collections::BTreeSet;

use crate::program::{Program, flags};
use crate::{common, run};

/// The table of features; `tests/tests/conformance.rs` looks whether the tests in it exist.
const TABLE: &str = include_str!("../../features.md");

/// Flags whose value is looked at when all are known, or against the machine: a value that is not valid, what has to be given beside it, the
/// exit code, and a part of the sentence.
const LOOKED_AT_LATER: &[(&str, &str, &[&str], i32, &str)] = &[
    ("--bind", "x y", &[], 1, "x y is not ADDRESS:PORT"),
    ("--metrics", "x y", &[], 1, "x y is not ADDRESS:PORT"),
    ("--redirect-http", "x y", &["--tls-self-signed"], 1, "x y is not ADDRESS:PORT"),
    ("--tls-cert", "/no/such", &["--tls-key=/no/such"], 1, "--tls-cert: "),
    ("--tls-key", "/no/such", &[], 2, "--tls-key"),
    ("--root", "/no/such", &[], 1, "--root: "),
    ("--spa", "/no/such", &["--root=."], 1, "--spa: "),
    ("--cache-control", "max-age: 5", &["--root=."], 2, "--cache-control: "),
    ("--cors", "x y", &["--root=."], 2, "--cors: "),
    ("--access-log", "/no/such/log", &[], 1, "/no/such/log: No such file"),
    ("--sandbox-read", "/no/such", &[], 1, "--sandbox-read: "),
    ("--user", "no-such-user", &[], 1, "--user: "),
    ("--error-page", "404=/no/such", &["--root=."], 1, "--error-page: "),
    ("--config", "/no/such", &[], 2, "/no/such: No such file"),
    ("--basic-auth", "x y", &[], 2, "--basic-auth: "),
];

#[cfg(unix)]
#[test]
fn a_value_that_is_not_valid_is_one_sentence_of_the_check_for_every_flag() {
    let all = flags();
    for (flag, has_value) in &all {
        let later = LOOKED_AT_LATER.iter().find(|row| row.0 == flag);
        let (value, beside, code, part) = later
            .map_or(("x y", &[][..], 2, &**flag), |(_, value, beside, code, part)| {
                (*value, *beside, *code, *part)
            });
        let setting = format!("{flag}={value}");
        let bind = if flag == "--bind" { &[][..] } else { &["--bind=127.0.0.1:0"] };
        let (found, out, err) = run(&[&["--check-config", &setting][..], beside, bind].concat());
        let hint = "a value that is looked at later needs a row in LOOKED_AT_LATER of settings/flags.rs";
        assert_eq!((found, &*out), (Some(code), ""), "{setting}: {err}\n{hint}");
        // clap adds the possible values and where to read more, behind an empty line or indented.
        let sentence = err.lines().next().unwrap_or_default();
        let start = if code == 1 { "bantam: " } else { "error: " };
        assert!(sentence.starts_with(start) && sentence.contains(part), "{setting}: {err}");
        assert!(code == 2 || err.lines().count() == 1, "{setting}: {err}");
        assert!(!err.contains("panicked"), "{setting}: {err}");
        assert!(*has_value || later.is_none(), "{flag} takes no value");
    }
    let known = |flag: &str| all.iter().any(|(name, _)| name == flag);
    assert!(LOOKED_AT_LATER.iter().map(|row| row.0).all(known), "a flag is gone");
}

#[test]
fn every_flag_has_a_row_in_the_table_of_features() {
    let flags: BTreeSet<String> = flags().into_iter().map(|(name, _)| name).collect();
    let rows = TABLE.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cell = |row: &'static str| row.split('|').nth(2).unwrap_or_default();
    let named = |cell: &'static str| {
        cell.split('`').skip(1).step_by(2).filter_map(|code| code.split([' ', '=']).next())
    };
    let listed: BTreeSet<String> = rows
        .flat_map(|row| named(cell(row)))
        .filter(|word| word.starts_with("--"))
        .map(str::to_owned)
        .collect();
    let mut wrong: Vec<_> = flags
        .difference(&listed)
        .map(|flag| {
            format!(
                "{flag}: add a row `| what it does | `{flag}` | `file::test` |` to transport-std/features.md"
            )
        })
        .collect();
    wrong.extend(
        listed
            .difference(&flags)
            .map(|flag| format!("{flag} of transport-std/features.md is no flag of --help")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

in_every_mode! {
fn each_deadline_is_that_of_its_flag(mode) {
    use std::io::Write as _;

    use crate::common::{connect, read_to_close, send};

    let idle = Program::start_in(mode, &["--timeout-idle", "0.1"]);
    assert_eq!(read_to_close(&mut connect(idle.address)), "", "closed without a word");
    let head = Program::start_in(mode, &["--timeout-head", "0.1"]);
    assert!(read_to_close(&mut send(head.address, b"GET /")).starts_with("HTTP/1.1 408 "));
    let begun = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
    let body = Program::start_in(mode, &["--timeout-body", "0.1", "--timeout-body-total", "0"]);
    assert!(read_to_close(&mut send(body.address, begun)).contains("HTTP/1.1 408 "));
    // The client goes on with its body, a byte at a time; the answer has begun.
    let total = Program::start_in(mode, &["--timeout-body", "0", "--timeout-body-total", "0.3"]);
    let mut client = send(total.address, begun);
    let mut writer = client.try_clone().unwrap();
    let goes_on = std::thread::spawn(move || {
        while writer.write_all(b"x").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    });
    let end = std::io::copy(&mut client, &mut std::io::sink()).map_err(|error| error.kind());
    assert!(!matches!(end, Err(std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)), "{end:?}");
    drop(client);
    goes_on.join().unwrap();
    // The client reads nothing of more than the system buffers.
    let dir = tempfile::tempdir().unwrap();
    std::fs::File::create(dir.path().join("big")).and_then(|file| file.set_len(1 << 30)).unwrap();
    let log = dir.path().join("log");
    let flags = ["--timeout-reply", "0.1", "--access-log", log.to_str().unwrap(), "--root", dir.path().to_str().unwrap()];
    let reply = Program::start_in(mode, &flags);
    let unread = send(reply.address, b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    common::wait_until(|| std::fs::read_to_string(&log).unwrap_or_default().contains("/big"));
    drop(unread);
}
}

#[test]
fn verbose_says_why_a_connection_ends() {
    let mut program = Program::start(&["--verbose", "--timeout-head", "0.1"]);
    common::read_to_close(&mut common::send(program.address, b"GET /"));
    program.wait_for_line("debug: 127.0.0.1");
}
