//! A blocking [`embedded_io`] stream with a deadline for every phase, for serial lines.
//! Invariant: a read fails with [`SerialError::TimedOut`] once the deadline of its phase has passed without a byte.

use core::time::Duration;

use bantam::{Blocking, Deadlines, ExchangeRecord, Hooks, Phase, PhaseTimer};
use embedded_io::{Error, ErrorKind, ErrorType, Read, ReadReady, Write};

use crate::log::log_response;

/// A monotonic clock.
pub trait Clock {
    /// Returns the time since a fixed moment, for example power-on.
    fn now(&self) -> Duration;

    /// Called again and again while the stream has nothing to read. Spins by default. A WFI fits here if an interrupt ends
    /// it before the next deadline.
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

/// Returns a transport over a blocking stream: each phase gets its deadline from `deadlines`, counted by `clock`.
///
/// A serial line has one client at a time and no disconnect, so serve it in a loop:
///
/// ```no_run
/// use bantam::{Buffers, Site, blocking, serve};
/// use bantam_embedded::serial::{self, Clock};
/// # fn example<S: Site, C: Clock, U: embedded_io::Read + embedded_io::ReadReady + embedded_io::Write>(uart: U, clock: C, site: S) {
/// let mut buffers = Buffers::<1024, 512>::new();
/// let mut transport = serial::transport(uart, &clock, bantam::Deadlines::DEFAULT);
/// loop {
///     // An error ends the connection, not the loop.
///     let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &site));
/// }
/// # }
/// ```
pub fn transport<T, C: Clock>(
    stream: T,
    clock: C,
    deadlines: Deadlines,
) -> Blocking<TimedStream<T, C>, PhaseHooks> {
    let stream = TimedStream { stream, clock, timer: PhaseTimer::new(deadlines) };
    Blocking { stream, hooks: PhaseHooks(()) }
}

/// A stream whose reads fail at the deadline of the current phase. Writes have none: a UART sends without a receiver, too.
#[derive(Clone, Debug)]
pub struct TimedStream<T, C> {
    stream: T,
    clock: C,
    timer: PhaseTimer,
}

impl<T, C> TimedStream<T, C> {
    /// Returns the stream.
    pub fn into_inner(self) -> T {
        self.stream
    }
}

/// An error of a [`TimedStream`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SerialError<E> {
    /// The deadline of the phase has passed.
    TimedOut,
    /// The stream failed.
    Stream(E),
}

impl<E: core::fmt::Display> core::fmt::Display for SerialError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the serial line timed out"),
            Self::Stream(error) => error.fmt(f),
        }
    }
}

impl<E: core::fmt::Debug + core::fmt::Display> core::error::Error for SerialError<E> {}

impl<E: Error> Error for SerialError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Stream(error) => error.kind(),
        }
    }
}

impl<T: ErrorType, C> ErrorType for TimedStream<T, C> {
    type Error = SerialError<T::Error>;
}

impl<T: Read + ReadReady, C: Clock> Read for TimedStream<T, C> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        while !self.stream.read_ready().map_err(SerialError::Stream)? {
            if self.timer.remaining(self.clock.now()).is_zero() {
                return Err(SerialError::TimedOut);
            }
            self.clock.idle();
        }
        self.stream.read(memory).map_err(SerialError::Stream)
    }
}

impl<T: Write, C: Clock> Write for TimedStream<T, C> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.stream.write(bytes).map_err(SerialError::Stream)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.stream.flush().map_err(SerialError::Stream)
    }
}

/// The hooks of a serial transport: they enter phases, pause and log.
#[derive(Clone, Copy, Debug)]
pub struct PhaseHooks(());

impl<T: ErrorType, C: Clock> Hooks<TimedStream<T, C>> for PhaseHooks {
    fn enter(&mut self, stream: &mut TimedStream<T, C>, phase: Phase) {
        stream.timer.enter(phase);
    }

    /// Returns `true`: a serial line has no FIN, so the core discards the rest of the closed connection for
    /// [`Deadlines::close`]. 50 ms is enough.
    fn shutdown_write(&mut self, _: &mut TimedStream<T, C>) -> Result<bool, SerialError<T::Error>> {
        Ok(true)
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        log_response(|| "serial line", record);
    }

    fn pause(&mut self, stream: &mut TimedStream<T, C>, duration: Duration) {
        let until = stream.clock.now().saturating_add(duration);
        while stream.clock.now() < until {
            stream.clock.idle();
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

    /// A clock that advances by 100 ms on every call of `now`.
    struct Ticks(Cell<u64>);

    impl Clock for Ticks {
        fn now(&self) -> Duration {
            self.0.set(self.0.get() + 1);
            Duration::from_millis(self.0.get() * 100)
        }
    }

    struct Uart<'a> {
        received: &'a [u8],
        sent: Vec<u8>,
    }

    impl ErrorType for Uart<'_> {
        type Error = Infallible;
    }

    impl ReadReady for Uart<'_> {
        fn read_ready(&mut self) -> Result<bool, Infallible> {
            Ok(!self.received.is_empty())
        }
    }

    impl Read for Uart<'_> {
        fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
            self.received.read(memory)
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

    struct SlowSite;

    impl Site for SlowSite {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            details.connection.pause(Duration::from_secs(1)).await?;
            details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
        }
    }

    fn response(request: &str, clock: &Ticks) -> String {
        let uart = Uart { received: request.as_bytes(), sent: Vec::new() };
        let mut transport = transport(uart, clock, Deadlines::DEFAULT);
        blocking::block_on(serve(&mut transport, &mut Buffers::<256, 512>::new().state(), &SlowSite))
            .unwrap();
        String::from_utf8(transport.stream.into_inner().sent).unwrap()
    }

    #[test]
    fn an_idle_line_times_out_without_a_response() {
        let clock = Ticks(Cell::new(0));
        assert_eq!(response("", &clock), "");
        assert!(clock.0.get() >= 150, "not before 15 s");
    }

    #[test]
    fn a_page_pauses_and_responds() {
        let clock = Ticks(Cell::new(0));
        let response = response("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &clock);
        assert_eq!(response, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        assert!(clock.0.get() >= 160);
    }

    #[test]
    fn bytes_after_a_rejected_message_are_discarded() {
        let clock = Ticks(Cell::new(0));
        let uart = Uart { received: b"BAD\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", sent: Vec::new() };
        let mut transport = transport(uart, &clock, Deadlines::DEFAULT);
        let mut buffers = Buffers::<256, 512>::new();
        for _ in 0..2 {
            blocking::block_on(serve(&mut transport, &mut buffers.state(), &SlowSite)).unwrap();
        }
        let sent = String::from_utf8(transport.stream.into_inner().sent).unwrap();
        assert!(sent.starts_with("HTTP/1.1 400 ") && sent.matches("HTTP/1.1 ").count() == 1, "{sent}");
    }

    #[test]
    fn an_incomplete_head_gets_408() {
        let clock = Ticks(Cell::new(0));
        assert!(response("GET / HT", &clock).starts_with("HTTP/1.1 408 "));
        assert!(clock.0.get() >= 100);
    }
}
