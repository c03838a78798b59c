//! What a stream that waits costs in memory.
//!
//! Invariant: the process that is measured runs no other test, and has the server's side alone.
//!
//! `cargo test -p bantam-std --features tokio --release --test live memory -- --ignored --nocapture` prints it.

use std::io::{BufRead, BufReader, Write, stdin};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs};

use bantam_std::Mode;

use super::{Started, read_until};
use crate::common::{TIMEOUT, connect, get};

/// How many streams a test opens; fewer where the system allows fewer descriptors.
const STREAMS: usize = 10_000;
/// Set in the process that is measured.
const ALONE: &str = "BANTAM_MEASURE_STREAMS";
/// Set in the process that has the clients: the address of the server, and how many.
const CLIENTS: &str = "BANTAM_STREAM_CLIENTS";
/// The lines of the clients' process.
const STEPS: [&str; 3] =
    ["the clients have their heads", "the clients have the event", "the clients have the last event"];

/// This test, in another process.
fn this_test(variable: &str, value: &str) -> Command {
    let mut test = Command::new(env::current_exe().unwrap());
    test.args([
        "--exact",
        "memory::a_stream_that_waits_costs_little_memory",
        "--include-ignored",
        "--nocapture",
    ]);
    test.env(variable, value);
    test
}

/// A process with so many clients of streams.
struct Clients {
    process: Child,
    output: BufReader<ChildStdout>,
    input: ChildStdin,
}

impl Clients {
    fn start(address: &str, count: usize) -> Self {
        let mut process = this_test(CLIENTS, &format!("{address} {count}"));
        let mut process = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (output, input) = (process.stdout.take().unwrap(), process.stdin.take().unwrap());
        Self { process, output: BufReader::new(output), input }
    }

    /// Waits until the clients have done this step. Before the first line stands the name of the test, where tests run one at a time.
    fn wait_for(&mut self, step: &str) {
        let mut line = String::new();
        while !line.trim_end().ends_with(step) {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "no line `{step}`");
        }
    }

    /// Lets the clients go on.
    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    fn end(mut self) {
        drop(self.input);
        assert!(self.process.wait().unwrap().success());
    }
}

/// The clients' process.
fn be_clients(arguments: &str) {
    let (address, count) = arguments.split_once(' ').unwrap();
    let open = |_| {
        let mut client: TcpStream = connect(address.parse().unwrap());
        client.write_all(&get("/events")).unwrap();
        read_until(&mut client, b"\r\n\r\n");
        client
    };
    let mut clients: Vec<_> = (0..count.parse().unwrap()).map(open).collect();
    println!("{}", STEPS[0]);
    for (step, end) in [(STEPS[1], &b"data: 1\n\n\r\n"[..]), (STEPS[2], b"data: bye\n\n\r\n0\r\n\r\n")] {
        stdin().lock().read_line(&mut String::new()).unwrap();
        for client in &mut clients {
            read_until(client, end);
        }
        println!("{step}");
    }
}

/// A number of `/proc/self`, behind this name.
fn number(file: &str, name: &str) -> usize {
    let text = fs::read_to_string(format!("/proc/self/{file}")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}

/// Opens so many streams that have got an event, and prints what one of them costs this process, which has the server. The sockets
/// themselves are memory of the system.
fn measure(mode: Mode, streams: usize) -> usize {
    // tokio and threads have two descriptors of a connection.
    let each = if mode == Mode::EventLoop { 1 } else { 2 };
    let streams = streams.min(number("limits", "Max open files").saturating_sub(100) / each);
    let started = Started::new(mode, |server| {
        server.max_connections(streams + 10).workers(if mode == Mode::Threads { streams } else { 1 })
    });
    let before = number("status", "VmRSS:");
    let mut clients = Clients::start(&started.address.to_string(), streams);
    clients.wait_for(STEPS[0]);
    started.wait_for(streams);
    started.topic.publish();
    clients.go_on();
    clients.wait_for(STEPS[1]);
    started.wait_for(streams);
    let bytes = (number("status", "VmRSS:") - before) * 1024 / streams;
    println!("{mode:?}: {bytes} bytes for each of {streams} streams");
    let stop = std::time::Instant::now();
    started.server.handle().shutdown(TIMEOUT);
    clients.go_on();
    clients.wait_for(STEPS[2]);
    clients.end();
    assert_eq!(started.server.wait(), 0);
    println!("{mode:?}: stopped in {:?}", stop.elapsed());
    bytes
}

#[test]
#[ignore = "needs 20,000 descriptors and a build that is optimised: tests/run runs it"]
fn a_stream_that_waits_costs_little_memory() {
    if let Ok(arguments) = env::var(CLIENTS) {
        return be_clients(&arguments);
    }
    if env::var_os(ALONE).is_none() {
        let output = this_test(ALONE, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        println!("{text}");
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    for (mode, streams) in [
        (Mode::EventLoop, STREAMS),
        #[cfg(feature = "tokio")]
        (Mode::Tokio, STREAMS),
        (Mode::Threads, 200),
    ] {
        let bytes = measure(mode, streams);
        let limit = if mode == Mode::Threads { 80_000 } else { 40_000 };
        assert!(bytes < limit, "{bytes} bytes");
    }
}
