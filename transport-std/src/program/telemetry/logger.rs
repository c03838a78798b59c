//! The log of the program: env_logger and the panic hook, on a `Sink`.
//!
//! Invariant: a message is one line, whatever it holds, and a thread that logs or panics does not wait for stderr.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::thread;

use env_logger::{Builder, Target};
use log::LevelFilter;

use super::sink::Sink;

/// Makes env_logger write the log to `sink`, with the level at the start of each line, and panics, too.
pub(super) fn init(level: LevelFilter, sink: &Sink) {
    Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("bantam", level)
        .target(Target::Pipe(Box::new(LinePipe(sink.clone()))))
        .format(|out, record| {
            writeln!(out, "{}: {}", record.level().as_str().to_lowercase(), one_line(record.args()))
        })
        .init();
    let sink = sink.clone();
    panic::set_hook(Box::new(move |info| sink.push(describe(info).as_bytes())));
}

/// The line of a panic, and its backtrace if RUST_BACKTRACE asks for one.
fn describe(info: &PanicHookInfo<'_>) -> String {
    let thread = thread::current();
    let mut text = format!("error: the thread {} panicked", thread.name().unwrap_or("without a name"));
    // Writing to memory does not fail.
    if let Some(location) = info.location() {
        let _ = write!(text, " at {location}");
    }
    let _ = writeln!(text, ": {}", one_line(&payload(info.payload())));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        let _ = writeln!(text, "{backtrace}");
    }
    text
}

fn payload(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// The text with its control characters escaped.
fn one_line(message: &impl fmt::Display) -> String {
    let mut line = String::new();
    for letter in message.to_string().chars() {
        if letter.is_control() { line.extend(letter.escape_default()) } else { line.push(letter) }
    }
    line
}

/// env_logger writes each message with one call.
struct LinePipe(Sink);

impl Write for LinePipe {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_is_one_line_with_its_thread_and_place() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let hook = {
            let said = Arc::clone(&said);
            move |info: &PanicHookInfo<'_>| said.lock().unwrap().push(describe(info))
        };
        panic::set_hook(Box::new(hook));
        let page = thread::Builder::new().name("page".into());
        let ended = page.spawn(|| panic!("a\nwarn: {}", 1)).unwrap().join();
        drop(panic::take_hook());
        assert!(ended.is_err());
        let said = said.lock().unwrap();
        let line = said.iter().find(|line| line.contains("thread page")).expect("said");
        assert!(
            line.starts_with("error: the thread page panicked at ") && line.contains("logger.rs:"),
            "{line}"
        );
        assert!(line.lines().next().unwrap().ends_with(": a\\nwarn: 1"), "{line}");
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(one_line(&"a\nerror: b\u{1b}[2J \u{e4}"), "a\\nerror: b\\u{1b}[2J \u{e4}");
    }
}
