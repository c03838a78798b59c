//! The program: its output, its signals, its errors and its memory.

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::io::Write;
use std::net::TcpListener;

use common::{connect, get, has_ipv6, read_response, read_to_close, send};
use program::{Program, command};

fn run(flags: &[&str]) -> (Option<i32>, String, String) {
    let output = command(flags).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

in_every_mode! {
fn the_site_is_served_and_each_request_is_logged(mode) {
    let program = Program::start_in(mode, &[]);
    let request = b"GET /?firstname=Ada HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let text = read_to_close(&mut send(program.address, request));
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("Hello, Ada!"), "{text}");
    read_to_close(&mut send(program.address, b"\x16\x03\x01\n"));
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(0), "{err}");
    let line = err.lines().find(|line| line.contains("firstname")).expect("a line of the log");
    assert!(
        line.starts_with("127.0.0.1 - - [") && line.contains("] \"GET /?firstname=Ada HTTP/1.1\" 200 "),
        "{line}"
    );
    assert!(err.contains(r#""\x16\x03\x01" 400 "#), "{err}");
}

fn a_signal_stops_it_gracefully(mode) {
    for signal in ["INT", "TERM"] {
        let program = Program::start_in(mode, &[]);
        let mut idle = connect(program.address);
        let mut begun = send(program.address, &[get("/robots.txt"), b"GET /robots.txt HT".to_vec()].concat());
        read_response(&mut begun).unwrap();
        program.signal(signal);
        assert_eq!(read_to_close(&mut idle), "");
        begun.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert!(read_to_close(&mut begun).starts_with("HTTP/1.1 200 OK\r\n"), "a request that has begun is finished");
        let (code, _, err) = program.wait();
        assert_eq!(code, Some(0), "{err}");
        assert!(err.contains("stopping"), "{err}");
    }
}

fn accepting_resumes_after_descriptors_were_exhausted(mode) {
    let mut program = Program::start_with_descriptors(mode, 24);
    let clients: Vec<_> = (0..48).map(|_| connect(program.address)).collect();
    program.wait_for_line("cannot accept connections");
    let mut late = send(program.address, &get("/robots.txt"));
    drop(clients);
    assert!(read_response(&mut late).unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(0), "{err}");
    assert!(!err.contains("cannot accept connections"), "the warning is not repeated: {err}");
}
}

#[test]
fn a_second_signal_stops_it_at_once() {
    let program = Program::start(&["--timeout-stop", "0"]);
    let mut begun = send(program.address, &[get("/robots.txt"), b"GET /".to_vec()].concat());
    read_response(&mut begun).unwrap();
    let mut idle = connect(program.address);
    program.signal("TERM");
    read_to_close(&mut idle);
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(128 + 15), "{err}");
}

#[test]
fn a_port_in_use_is_one_sentence_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, out, err) = run(&["--bind", &address]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(err, format!("bantam: {address} is taken by another program; try another --bind\n"));
}

#[test]
fn a_bad_address_is_one_sentence_and_exit_code_1() {
    for address in ["nonsense", "127.0.0.1", "127.0.0.1:99999"] {
        let (code, _, err) = run(&["--bind", address]);
        assert_eq!(code, Some(1), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.starts_with("bantam: ") && err.contains(address), "{err}");
    }
}

#[test]
fn an_invalid_flag_is_exit_code_2() {
    for flags in [&["--no-such-flag"][..], &["--workers", "0"], &["--timeout-head", "soon"], &["-q", "-v"]] {
        let (code, out, err) = run(flags);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains("--help"), "{err}");
    }
}

#[test]
fn help_has_flags_and_examples_and_version_names_the_program() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for word in [
        "--bind",
        "--workers",
        "--max-connections",
        "--timeout-idle",
        "Examples:",
        "Exit codes:",
        "SIGTERM",
        "--root",
        "--listing",
    ] {
        assert!(help.contains(word), "{word} in {help}");
    }
    assert_eq!(
        run(&["--version"]),
        (Some(0), format!("bantam {}\n", env!("CARGO_PKG_VERSION")), String::new())
    );
}

#[test]
fn several_addresses_are_served_at_once() {
    let other = if has_ipv6() { "[::1]:0" } else { "127.0.0.2:0" };
    let program = Program::start(&["--bind", other]);
    // The program does not start unless it can listen on both.
    read_response(&mut send(program.address, &get("/robots.txt"))).unwrap();
}

#[test]
fn quiet_logs_no_requests() {
    let program = Program::start(&["--quiet"]);
    read_response(&mut send(program.address, &get("/robots.txt"))).unwrap();
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn an_idle_connection_costs_less_than_half_a_kilobyte() {
    const COUNT: u64 = 800;
    // Longer heads cost those that send one.
    let program = Program::start(&["--quiet", "--timeout-idle", "600", "--max-head", "64k"]);
    let memory = || -> u64 {
        let line = program.status("VmRSS");
        line.split_whitespace().nth(1).expect("a number").parse().expect("a number")
    };
    let ask = |_| {
        let mut client = send(program.address, &get("/robots.txt"));
        read_response(&mut client).unwrap();
        client
    };
    let first: Vec<_> = (0..20).map(ask).collect();
    let before = memory();
    let idle: Vec<_> = (0..COUNT).map(ask).collect();
    let grown = memory() - before;
    assert!(grown * 2 < COUNT, "{grown} KB for {COUNT} connections");
    drop((first, idle));
}
