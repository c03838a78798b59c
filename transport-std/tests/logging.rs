//! The outputs of the program that block or fail: pipes without a reader, FIFOs, full disks.
//!
//! Invariant: no output delays an answer or the end of the program; a line is whole, or it is counted as lost.

#![cfg(unix)]

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
#[cfg(target_os = "linux")]
use std::io;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
#[cfg(target_os = "linux")]
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
#[cfg(target_os = "linux")]
use std::process::Stdio;

use common::{connect, get, read_response, read_to_close, send, wait_until};
use program::Program;
#[cfg(target_os = "linux")]
use program::command;

/// Ends each line of the access log, in Combined Log Format.
const LINE_END: &str = " end\"";

/// Sends so many requests with long lines in the access log, and reads the answers.
fn ask_for_long_lines(address: SocketAddr, count: usize) {
    let long = "x".repeat(3000);
    let request = format!("GET /robots.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: {long}{LINE_END}\r\n\r\n");
    // The quote is escaped in the log.
    let request = request.replace('"', "");
    let mut client = connect(address);
    for _ in 0..count / 20 {
        client.write_all(request.repeat(20).as_bytes()).expect("sent");
        for _ in 0..20 {
            assert!(read_response(&mut client).expect("an answer").starts_with("HTTP/1.1 200 "));
        }
    }
}

/// The number of requests whose lines fill a pipe, the queue and the hands of its writer, and more.
const TOO_MANY: usize = 1000;

fn lost_lines(metrics: SocketAddr, sink: &str) -> u64 {
    let text = read_to_close(&mut send(metrics, b"GET /metrics HTTP/1.0\r\n\r\n"));
    let series = format!("bantam_log_lines_lost_total{{sink=\"{sink}\"}} ");
    let value = text.lines().find_map(|line| line.strip_prefix(&series)).expect("the series");
    value.parse().expect("a number")
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

in_every_mode! {
fn a_stderr_that_is_not_read_delays_no_answer_and_no_stop(mode) {
    let mut program = Program::start_in(mode, &["--metrics", "127.0.0.1:0", "--log-format", "combined"]);
    let metrics = program.metrics_address();
    ask_for_long_lines(program.address, TOO_MANY);
    let lost = lost_lines(metrics, "stderr");
    assert!(lost > 0);
    #[cfg(target_os = "linux")]
    {
        let memory: u64 = program.status("VmHWM").split_whitespace().nth(1).unwrap().parse().unwrap();
        ask_for_long_lines(program.address, TOO_MANY);
        let more: u64 = program.status("VmHWM").split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(more < memory + 512, "{memory} KB, then {more} KB");
    }
    program.signal("TERM");
    assert_eq!(program.wait_unread(), Some(0));
    // What the pipe has taken.
    let mut text = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(text.lines().count() > 5 && text.ends_with('\n'), "{text}");
    for line in text.lines() {
        assert!(line.ends_with(LINE_END), "a line is whole: {line}");
    }
}
}

#[test]
fn lost_lines_are_said_and_counted_exactly() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0", "--log-format", "combined"]);
    let metrics = program.metrics_address();
    ask_for_long_lines(program.address, TOO_MANY);
    let lost = lost_lines(metrics, "stderr");
    let mut stderr = BufReader::new(program.child.stderr.take().unwrap());
    let (mut lines, mut said) = (0, 0);
    while said == 0 {
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        match line.strip_prefix("warn: ").and_then(|line| line.split_once(" lines of the log were lost")) {
            Some((number, _)) => said = number.parse().unwrap(),
            None => lines += u64::from(line.ends_with(&format!("{LINE_END}\n"))),
        }
    }
    assert_eq!((lines + said, said), (TOO_MANY as u64, lost));
    // New lines are written again.
    read_to_close(&mut send(program.address, b"GET /again HTTP/1.0\r\n\r\n"));
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("/again"), "{line}");
}

#[test]
fn a_stderr_without_a_reader_ends_neither_the_service_nor_the_stop() {
    let mut program = Program::start(&[]);
    drop(program.child.stderr.take());
    ask_for_long_lines(program.address, TOO_MANY);
    program.signal("TERM");
    assert_eq!(program.wait_unread(), Some(0));
}

#[test]
fn a_fifo_without_a_reader_delays_neither_the_start_nor_a_reopen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fifo");
    make_fifo(&path);
    let mut program = Program::start(&["--access-log", path.to_str().unwrap()]);
    let address = program.address;
    let ask =
        |path: &str| read_to_close(&mut send(address, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()));
    assert!(ask("/1").starts_with("HTTP/1.1 404 "));
    program.wait_for_line("cannot write the access log: it is a FIFO that no process reads");
    let mut reader = BufReader::new(fs::File::open(&path).unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("\"GET /1 HTTP/1.0\" 404 "), "{line}");
    // Another FIFO takes its place, and has no reader at first.
    fs::rename(&path, dir.path().join("old")).unwrap();
    make_fifo(&path);
    program.signal("HUP");
    // The writer has closed the old one: it waits for a reader of the new one.
    line.clear();
    assert_eq!(reader.read_line(&mut line).unwrap(), 0, "{line}");
    assert!(ask("/2").starts_with("HTTP/1.1 404 "));
    BufReader::new(fs::File::open(&path).unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"GET /2 HTTP/1.0\" 404 "), "{line}");
    program.signal("TERM");
    assert_eq!(program.wait_unread(), Some(0));
}

#[test]
fn a_fifo_that_is_not_read_holds_whole_lines_and_delays_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fifo");
    make_fifo(&path);
    // A FIFO that is open for both is never without a reader.
    let mut reader = fs::File::options().read(true).write(true).open(&path).unwrap();
    let flags =
        ["--access-log", path.to_str().unwrap(), "--log-format", "combined", "--metrics", "127.0.0.1:0"];
    let mut program = Program::start(&flags);
    let metrics = program.metrics_address();
    ask_for_long_lines(program.address, TOO_MANY);
    assert!(lost_lines(metrics, "access_log") > 0);
    program.wait_for_line(" lines of the access log were lost");
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(0));
    assert!(err.contains("the last lines of the access log were lost"), "{err}");
    let mut memory = vec![0; 1 << 20];
    let count = reader.read(&mut memory).unwrap();
    let text = String::from_utf8_lossy(&memory[..count]);
    assert!(text.ends_with(&format!("{LINE_END}\n")), "{text}");
}

#[test]
fn a_disk_that_is_full_gets_whole_lines_and_its_error_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    // A limit of the length of files fails in the middle of a line, as a full disk does.
    let script = "ulimit -f 64; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_bantam"), "--log-format", "combined"]);
    shell.args(["--access-log", path.to_str().unwrap()]);
    let mut program = Program::spawn(shell);
    ask_for_long_lines(program.address, TOO_MANY);
    program.wait_for_line("cannot write the access log: ");
    program.signal("TERM");
    let (code, _, err) = program.wait();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains(" of the access log were lost"), "{err}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().count() > 5 && text.ends_with('\n'), "{text}");
    for line in text.lines() {
        assert!(line.ends_with(LINE_END), "a line is whole: {line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_that_takes_no_line_delays_nothing() {
    let mut program = Program::start(&["--access-log", "/dev/full"]);
    ask_for_long_lines(program.address, 100);
    program.wait_for_line("cannot write the access log: ");
    program.signal("TERM");
    assert_eq!(program.wait().0, Some(0));
}

/// A pipe that takes no byte more.
#[cfg(target_os = "linux")]
fn full_pipe() -> (io::PipeReader, io::PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    // Opens the pipe anew: O_NONBLOCK belongs to what is opened, and the program gets a pipe that blocks.
    let mut shell = Command::new("sh");
    shell.args(["-c", "dd if=/dev/zero of=/dev/stdout bs=1 count=70000 oflag=nonblock 2>/dev/null; true"]);
    shell.stdout(writer.try_clone().expect("a descriptor"));
    assert!(shell.status().expect("sh runs").success());
    (reader, writer)
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_delays_neither_the_service_nor_the_stop() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let (_reader, writer) = full_pipe();
    let mut command = command(&["--bind", &format!("unix:{}", path.display())]);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Killed(child);
    wait_until(|| UnixStream::connect(&path).is_ok());
    let mut client = UnixStream::connect(&path).unwrap();
    client.write_all(b"GET /robots.txt HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let kill = format!("kill -s TERM {}", child.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(child.wait(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn an_error_of_the_start_ends_the_program_with_a_full_stderr() {
    let (_reader, writer) = full_pipe();
    let child = command(&["--bind", "nonsense"]).stderr(writer).spawn().unwrap();
    assert_eq!(Killed(child).wait(), Some(1));
}

/// A child that is killed when dropped.
#[cfg(target_os = "linux")]
struct Killed(std::process::Child);

#[cfg(target_os = "linux")]
impl Killed {
    fn wait(&mut self) -> Option<i32> {
        let mut status = None;
        wait_until(|| {
            status = self.0.try_wait().expect("a child");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }
}

#[cfg(target_os = "linux")]
impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn one_write_serves_the_lines_of_many_requests() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let program = Program::start(&["--access-log", path.to_str().unwrap()]);
    let mut client = connect(program.address);
    for _ in 0..50 {
        client.write_all(&get("/robots.txt").repeat(20)).unwrap();
        (0..20).for_each(|_| drop(read_response(&mut client).unwrap()));
    }
    wait_until(|| fs::read_to_string(&path).unwrap().lines().count() == 1000);
    // Every descriptor but that of the log has its writes counted elsewhere: /proc/PID/io counts write(2) alone, not send(2).
    #[cfg(target_os = "linux")]
    {
        let counts = fs::read_to_string(format!("/proc/{}/io", program.child.id())).unwrap();
        let writes = counts.lines().find_map(|line| line.strip_prefix("syscw: ")).unwrap();
        assert!(writes.parse::<u64>().unwrap() < 500, "{writes} writes for 1,000 lines");
    }
}
