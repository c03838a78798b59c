//! HTTPS under load: certificates that are replaced, slow handshakes, idle connections.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::client::{Client, connector};
use crate::common::{connect, get, read_to_close, send, wait_until};
use crate::program::Program;
use crate::{flags, make_pair, text};

/// The serial number that openssl sees.
fn serial(program: &Program) -> String {
    let script = format!(
        "openssl s_client -connect {} </dev/null 2>/dev/null | openssl x509 -noout -serial",
        program.address
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

in_every_mode! {
#[ignore = "needs curl and openssl: tests/run installs them"]
fn a_certificate_is_replaced_under_load_without_a_failed_request(mode) {
    let dir = TempDir::new().unwrap();
    let pair = make_pair(dir.path(), "a", &["127.0.0.1"]);
    let mut program = Program::start_in(mode, &[&flags(&pair)[..], &["--tls-reload", "0.1"]].concat());
    let (stop, requests) = (AtomicBool::new(false), AtomicUsize::new(0));
    let url = program.url("/robots.txt");
    let mut serials = vec![serial(&program)];
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    // Two requests over one connection, and another connection for the next two.
                    let codes = text(&["-k", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code}", &url, &url]);
                    assert_eq!(codes, "200200");
                    requests.fetch_add(2, Ordering::Relaxed);
                }
            });
        }
        for round in 0..4 {
            let before = requests.load(Ordering::Relaxed);
            wait_until(|| requests.load(Ordering::Relaxed) > before + 8);
            make_pair(dir.path(), "a", &["127.0.0.1"]);
            if round % 2 == 1 {
                program.signal("HUP");
            }
            wait_until(|| serials.last() != Some(&serial(&program)));
            serials.push(serial(&program));
        }
        stop.store(true, Ordering::Relaxed);
    });
    serials.dedup();
    assert_eq!(serials.len(), 5, "each one was served");
    // One that does not load keeps the one before.
    fs::write(&pair[0], "nonsense").unwrap();
    program.wait_for_line("the certificate stays as it was");
    assert_eq!(Some(&serial(&program)), serials.last());
    assert_eq!(text(&["-k", "-o", "/dev/null", "-w", "%{http_code}", &url]), "200");
}

#[ignore = "takes 2,000 connections: tests/run runs it"]
fn two_thousand_slow_handshakes_end_at_their_deadline(mode) {
    let flags = ["--tls-self-signed", "--timeout-head", "3", "--workers", "64", "--quiet", "--max-connections", "4000"];
    let program = Program::start_in(mode, &flags);
    let mut slow: Vec<_> = (0..2000).map(|_| send(program.address, b"\x16\x03\x01\x02\0\x01\0\x01\xfc")).collect();
    for client in &mut slow {
        // The end, an alert in the place of 503, or a reset.
        let mut rest = Vec::new();
        let _ = client.read_to_end(&mut rest);
        assert!(rest.is_empty() || rest == [21, 3, 3, 0, 2, 2, 80], "{rest:?}");
    }
    let mut client = connect(program.address);
    client.write_all(&get("/")).unwrap();
    assert!(read_to_close(&mut client).contains("This port speaks HTTPS"));
}
}

/// Resident memory of the program, in bytes.
#[cfg(target_os = "linux")]
fn resident(program: &Program) -> usize {
    let line = program.status("VmRSS");
    1024 * line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
}

/// Of what an idle connection costs, with some for the allocator.
#[cfg(target_os = "linux")]
#[test]
fn an_idle_connection_costs_at_most_10_kb() {
    const COUNT: usize = 400;
    for mode in bantam_std::Mode::ALL.iter().copied().filter(|mode| *mode != bantam_std::Mode::Threads) {
        let flags = ["--tls-self-signed", "--workers", "1", "--timeout-idle", "600", "--quiet"];
        let program = Program::start_in(mode, &flags);
        let connector = connector(rustls::ALL_VERSIONS);
        let open = || {
            let mut client = Client::new(&connector, program.address);
            client.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n");
            client.read_response();
            client
        };
        // What is allocated once.
        let first: Vec<_> = (0..20).map(|_| open()).collect();
        let before = resident(&program);
        let idle: Vec<_> = (0..COUNT).map(|_| open()).collect();
        let each = resident(&program).saturating_sub(before) / COUNT;
        println!("{mode:?}: {each} bytes for each idle connection");
        assert!(each <= 10_240, "{mode:?}: {each} bytes");
        drop((first, idle));
    }
}
