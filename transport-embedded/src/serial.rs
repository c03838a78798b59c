//! Law: a line that has fallen silent is given up when its phase's time is up: a serial line has no other way to say that
//! nobody is there any more.

use core::time::Duration;

use bantam::{Blocking, Deadlines, ExchangeRecord, Hooks, Phase, PhaseTimer};
use embedded_io::{Error, ErrorKind, ErrorType, Read, ReadReady, Write};

use crate::notice;

/// A device's time.
pub trait Clock {
    /// How long ago a fixed moment was, power-on for one. Never goes back.
    fn now(&self) -> Duration;

    /// Called while there is nothing to do but wait: a good place for WFI, as long as an interrupt ends it soon. Default:
    /// spins.
    fn idle(&self) {
        core::hint::spin_loop();
    }
}

impl<C: Clock> Clock for &C {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn idle(&self) {
        (**self).idle();
    }
}

/// A serial line, or any other blocking stream that knows whether it has something to read, with deadlines.
///
/// Serve it in a loop, for there is one client at a time and it never disconnects:
///
/// ```no_run
/// use bantam::{Buffers, Site, blocking, serve};
/// use bantam_embedded::serial::{self, Clock};
/// # fn example<S: Site, C: Clock, U: embedded_io::Read + embedded_io::ReadReady + embedded_io::Write>(uart: U, clock: C, site: S) {
/// let mut buffers = Buffers::<1024, 512>::new();
/// let mut line = serial::transport(uart, &clock, bantam::Deadlines::DEFAULT);
/// loop {
///     // An error of the line ends the connection, not the loop.
///     let _ = blocking::block_on(serve(&mut line, &mut buffers.state(), &site));
/// }
/// # }
/// ```
pub fn transport<T, C: Clock>(stream: T, clock: C, deadlines: Deadlines) -> Blocking<Line<T, C>, Paces> {
    Blocking { stream: Line { stream, clock, watch: PhaseTimer::new(deadlines) }, hooks: Paces(()) }
}

/// A stream whose reads end in time.
#[derive(Clone, Debug)]
pub struct Line<T, C> {
    stream: T,
    clock: C,
    watch: PhaseTimer,
}

impl<T, C> Line<T, C> {
    /// The stream itself.
    pub fn into_inner(self) -> T {
        self.stream
    }
}

/// What a line fails with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError<E> {
    /// The phase's time is up.
    TimedOut,
    /// The stream's own error.
    Stream(E),
}

impl<E: core::fmt::Display> core::fmt::Display for LineError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the line fell silent"),
            Self::Stream(error) => error.fmt(f),
        }
    }
}

impl<E: core::fmt::Debug + core::fmt::Display> core::error::Error for LineError<E> {}

impl<E: Error> Error for LineError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Stream(error) => error.kind(),
        }
    }
}

impl<T: ErrorType, C> ErrorType for Line<T, C> {
    type Error = LineError<T::Error>;
}

impl<T: Read + ReadReady, C: Clock> Read for Line<T, C> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        while !self.stream.read_ready().map_err(LineError::Stream)? {
            if self.watch.remaining(self.clock.now()).is_zero() {
                return Err(LineError::TimedOut);
            }
            self.clock.idle();
        }
        self.stream.read(memory).map_err(LineError::Stream)
    }
}

/// A line takes what is written at its own speed, whoever listens: writing needs no deadline.
impl<T: Write, C: Clock> Write for Line<T, C> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.stream.write(bytes).map_err(LineError::Stream)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.stream.flush().map_err(LineError::Stream)
    }
}

/// Tells a [`Line`] its phases.
#[derive(Clone, Copy, Debug)]
pub struct Paces(());

impl<T: ErrorType, C: Clock> Hooks<Line<T, C>> for Paces {
    fn enter(&mut self, line: &mut Line<T, C>, phase: Phase) {
        line.watch.enter(phase);
    }

    /// A line has no end to send; but what is under way when a connection ends is not the next request: it is thrown away
    /// for as long as [`Deadlines::close`] says. A few dozen milliseconds do.
    fn shutdown_write(&mut self, _: &mut Line<T, C>) -> Result<bool, LineError<T::Error>> {
        Ok(true)
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        notice::log_response("the line", record);
    }

    fn pause(&mut self, line: &mut Line<T, C>, duration: Duration) {
        let until = line.clock.now().saturating_add(duration);
        while line.clock.now() < until {
            line.clock.idle();
        }
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::convert::Infallible;
    use std::string::String;
    use std::vec::Vec;

    use bantam::{Buffers, Connection, RequestDetails, Response, Site, blocking, serve, wire::Status};

    use super::*;

    /// A clock that advances by 100 ms whenever it is looked at.
    struct Ticks(Cell<u64>);

    impl Clock for Ticks {
        fn now(&self) -> Duration {
            self.0.set(self.0.get() + 1);
            Duration::from_millis(self.0.get() * 100)
        }
    }

    struct Uart<'a> {
        receives: &'a [u8],
        sent: Vec<u8>,
    }

    impl ErrorType for Uart<'_> {
        type Error = Infallible;
    }

    impl ReadReady for Uart<'_> {
        fn read_ready(&mut self) -> Result<bool, Infallible> {
            Ok(!self.receives.is_empty())
        }
    }

    impl Read for Uart<'_> {
        fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
            self.receives.read(memory)
        }
    }

    impl Write for Uart<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
            self.sent.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    struct Slow;

    impl Site for Slow {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            details.connection.pause(Duration::from_secs(1)).await?;
            details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
        }
    }

    fn answer(request: &str, clock: &Ticks) -> String {
        let uart = Uart { receives: request.as_bytes(), sent: Vec::new() };
        let mut line = transport(uart, clock, Deadlines::DEFAULT);
        blocking::block_on(serve(&mut line, &mut Buffers::<256, 512>::new().state(), &Slow)).unwrap();
        String::from_utf8(line.stream.into_inner().sent).unwrap()
    }

    #[test]
    fn a_silent_line_is_given_up_without_a_word() {
        let clock = Ticks(Cell::new(0));
        assert_eq!(answer("", &clock), "");
        assert!(clock.0.get() >= 150, "not before 15 s");
    }

    #[test]
    fn a_request_is_answered_and_the_page_can_pause() {
        let clock = Ticks(Cell::new(0));
        let answer = answer("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &clock);
        assert_eq!(answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        assert!(clock.0.get() >= 160);
    }

    #[test]
    fn what_is_behind_a_refused_message_is_not_the_next_request() {
        let clock = Ticks(Cell::new(0));
        let uart = Uart { receives: b"BAD\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", sent: Vec::new() };
        let mut line = transport(uart, &clock, Deadlines::DEFAULT);
        let mut buffers = Buffers::<256, 512>::new();
        for _ in 0..2 {
            blocking::block_on(serve(&mut line, &mut buffers.state(), &Slow)).unwrap();
        }
        let sent = String::from_utf8(line.stream.into_inner().sent).unwrap();
        assert!(sent.starts_with("HTTP/1.1 400 ") && sent.matches("HTTP/1.1 ").count() == 1, "{sent}");
    }

    #[test]
    fn a_head_that_stops_is_answered_408() {
        let clock = Ticks(Cell::new(0));
        assert!(answer("GET / HT", &clock).starts_with("HTTP/1.1 408 "));
        assert!(clock.0.get() >= 100);
    }
}
