//! A blocking [`embedded_io`] stream with a deadline for every phase, for serial lines.
//! Invariant: a read fails with [`SerialError::TimedOut`] once the deadline of its phase has passed. What is under way when a
//! connection ends or the line fails is never read as a request.

mod clock;
mod error;

use core::time::Duration;

use bantam::{Blocking, Deadlines, ExchangeRecord, Hooks, Phase, PhaseTimer};
use embedded_io::{ErrorType, Read, ReadReady, Write};

pub use self::clock::Clock;
pub use self::error::SerialError;
use crate::log::log_response;

/// Returns a transport over a blocking stream: each phase gets its deadline from `deadlines`, counted by `clock`.
///
/// A serial line has one client at a time and no disconnect, so serve it in a loop. After a refusal that closes, and after an error
/// of the line, the rest of what is under way is discarded: bytes count again after a silence of [`Deadlines::close`], for
/// which 50 ms are enough.
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
    let silence = deadlines.close;
    let stream = TimedStream { stream, clock, timer: PhaseTimer::new(deadlines), silence, discards: false };
    Blocking { stream, hooks: PhaseHooks(()) }
}

/// A stream whose reads fail at the deadline of the current phase. Writes have none: a UART sends without a receiver, too.
#[derive(Clone, Debug)]
pub struct TimedStream<T, C> {
    stream: T,
    clock: C,
    timer: PhaseTimer,
    /// The silence that ends what is discarded.
    silence: Duration,
    /// The bytes that come belong to a message that will not be read to its end.
    discards: bool,
}

impl<T, C> TimedStream<T, C> {
    /// Returns the stream.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.stream
    }
}

impl<T: ErrorType, C: Clock> TimedStream<T, C> {
    /// Fails if the deadline of the phase has passed.
    fn check_deadline(&mut self, now: Duration) -> Result<(), SerialError<T::Error>> {
        if self.timer.remaining(now).is_zero() { Err(SerialError::TimedOut) } else { Ok(()) }
    }

    /// Passes a result on. After an error what is under way is discarded: a part of it is lost.
    fn noting<R>(&mut self, result: Result<R, T::Error>) -> Result<R, SerialError<T::Error>> {
        self.discards |= result.is_err();
        result.map_err(SerialError::Stream)
    }
}

impl<T: Read + ReadReady, C: Clock> TimedStream<T, C> {
    /// Drops bytes until none has come for [`Self::silence`].
    fn discard(&mut self, memory: &mut [u8]) -> Result<(), SerialError<T::Error>> {
        let mut last = self.clock.now();
        while self.discards {
            let now = self.clock.now();
            self.check_deadline(now)?;
            if self.stream.read_ready().map_err(SerialError::Stream)? {
                self.discards = self.stream.read(memory).map_err(SerialError::Stream)? > 0;
                last = now;
            } else if now.saturating_sub(last) < self.silence {
                self.clock.idle();
            } else {
                self.discards = false;
            }
        }
        Ok(())
    }
}

impl<T: ErrorType, C> ErrorType for TimedStream<T, C> {
    type Error = SerialError<T::Error>;
}

impl<T: Read + ReadReady, C: Clock> Read for TimedStream<T, C> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        if self.discards {
            self.discard(memory)?;
        }
        loop {
            // A sender that is faster than the page meets its deadline, too.
            let now = self.clock.now();
            self.check_deadline(now)?;
            let ready = self.stream.read_ready();
            if self.noting(ready)? {
                let count = self.stream.read(memory);
                return self.noting(count);
            }
            self.clock.idle();
        }
    }
}

impl<T: Write, C: Clock> Write for TimedStream<T, C> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let count = self.stream.write(bytes);
        self.noting(count)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        let flushed = self.stream.flush();
        self.noting(flushed)
    }
}

/// The hooks of a serial transport: they enter phases, pause and log.
#[derive(Clone, Copy, Debug)]
pub struct PhaseHooks(());

impl<T: ReadReady, C: Clock> Hooks<TimedStream<T, C>> for PhaseHooks {
    fn enter(&mut self, stream: &mut TimedStream<T, C>, phase: Phase) {
        stream.timer.enter(phase);
    }

    fn enter_for(&mut self, stream: &mut TimedStream<T, C>, phase: Phase, limit: Duration) {
        stream.timer.enter_for(phase, stream.clock.now(), limit);
    }

    /// Returns false where nothing has come in [`Phase::LowLevel`]: the page may wait for something else, too.
    fn can_read(&mut self, stream: &mut TimedStream<T, C>) -> bool {
        if stream.timer.phase() != Phase::LowLevel || stream.discards {
            return true;
        }
        let now = stream.clock.now();
        let waits = !stream.timer.remaining(now).is_zero() && matches!(stream.stream.read_ready(), Ok(false));
        if waits {
            stream.clock.idle();
        }
        !waits
    }

    /// Returns `false`: a serial line has no FIN to wait for. The next read discards the rest of the closed connection.
    fn shutdown_write(&mut self, stream: &mut TimedStream<T, C>) -> Result<bool, SerialError<T::Error>> {
        stream.discards = true;
        Ok(false)
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
    use std::collections::VecDeque;
    use std::string::String;
    use std::vec::Vec;

    use bantam::{Buffers, Connection, RequestDetails, Response, Site, blocking, serve, wire::Status};
    use embedded_io::ErrorKind;

    use super::*;

    /// A clock that advances by 100 ms on every call of `now`.
    struct Ticks(Cell<u64>);

    impl Clock for Ticks {
        fn now(&self) -> Duration {
            self.0.set(self.0.get() + 1);
            Duration::from_millis(self.0.get() * 100)
        }
    }

    /// What a line does next.
    enum Event {
        Bytes(&'static [u8]),
        /// So many calls of `read_ready` find nothing.
        Silence(u32),
        Error,
    }

    use Event::{Bytes, Error as Noise, Silence};

    struct Uart {
        events: VecDeque<Event>,
        sent: Vec<u8>,
    }

    impl ErrorType for Uart {
        type Error = ErrorKind;
    }

    impl ReadReady for Uart {
        fn read_ready(&mut self) -> Result<bool, ErrorKind> {
            match self.events.front_mut() {
                None => Ok(false),
                Some(Silence(0) | Bytes([])) => {
                    self.events.pop_front();
                    self.read_ready()
                }
                Some(Silence(calls)) => {
                    *calls -= 1;
                    Ok(false)
                }
                Some(_) => Ok(true),
            }
        }
    }

    impl Read for Uart {
        fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
            match self.events.pop_front() {
                Some(Bytes(mut bytes)) => {
                    let count = bytes.read(memory).unwrap();
                    if !bytes.is_empty() {
                        self.events.push_front(Bytes(bytes));
                    }
                    Ok(count)
                }
                Some(Noise) => Err(ErrorKind::InvalidData),
                _ => panic!("read without bytes"),
            }
        }
    }

    impl Write for Uart {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
            self.sent.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    struct SlowSite;

    impl Site for SlowSite {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            if details.uri.path == "/body" {
                while details.connection.recv(&mut [0; 8]).await? > 0 {
                    details.connection.pause(Duration::from_secs(40)).await?;
                }
            }
            details.connection.pause(Duration::from_secs(1)).await?;
            details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
        }
    }

    fn response(request: &'static str, clock: &Ticks) -> String {
        responses([Bytes(request.as_bytes())], clock, 1)
    }

    /// Serves so many connections on a line, one after the other; returns what was sent.
    fn responses<const N: usize>(events: [Event; N], clock: &Ticks, connections: usize) -> String {
        let uart = Uart { events: events.into(), sent: Vec::new() };
        let mut transport = transport(uart, clock, Deadlines::DEFAULT);
        let mut buffers = Buffers::<256, 512>::new();
        for _ in 0..connections {
            let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &SlowSite));
        }
        String::from_utf8(transport.stream.into_inner().sent).unwrap()
    }

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const POST: &[u8] = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789";

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
    fn bytes_right_after_a_rejected_message_are_discarded() {
        let clock = Ticks(Cell::new(0));
        let sent = responses([Bytes(b"BAD\r\n"), Silence(3), Bytes(GET)], &clock, 2);
        assert!(sent.starts_with("HTTP/1.1 400 ") && sent.matches("HTTP/1.1 ").count() == 1, "{sent}");
    }

    #[test]
    fn bytes_after_a_rejected_message_and_a_silence_are_a_request() {
        let clock = Ticks(Cell::new(0));
        let sent = responses([Bytes(b"BAD\r\n"), Silence(30), Bytes(GET)], &clock, 2);
        assert!(sent.starts_with("HTTP/1.1 400 ") && sent.ends_with("hello"), "{sent}");
    }

    #[test]
    fn what_follows_an_error_of_the_line_is_discarded_until_silence() {
        let clock = Ticks(Cell::new(0));
        for between in [Noise, Bytes(b"56789"), Silence(3)] {
            let events = [Bytes(POST), Noise, between, Bytes(GET), Silence(30), Bytes(b"BAD\r\n")];
            let sent = responses(events, &clock, 4);
            assert!(sent.starts_with("HTTP/1.1 400 ") && sent.matches("HTTP/1.1 ").count() == 1, "{sent}");
        }
    }

    #[test]
    fn noise_without_an_end_meets_the_deadline() {
        let clock = Ticks(Cell::new(0));
        assert_eq!(responses([Noise, Bytes(&[0xff; 100_000]), Bytes(GET)], &clock, 2), "");
    }

    #[test]
    fn a_page_that_is_slower_than_its_sender_meets_the_deadline_of_the_body() {
        let clock = Ticks(Cell::new(0));
        let body = Bytes(&[b'x'; 400]);
        let head = Bytes(b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\n");
        let sent = responses([head, body], &clock, 1);
        assert!(sent.starts_with("HTTP/1.1 408 "), "{sent}");
    }

    #[test]
    fn a_request_behind_a_declined_one_is_answered() {
        let clock = Ticks(Cell::new(0));
        let sent = responses([Bytes(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), Bytes(GET)], &clock, 1);
        assert!(sent.starts_with("HTTP/1.1 501 ") && sent.ends_with("hello"), "{sent}");
    }

    #[test]
    fn an_incomplete_head_gets_408() {
        let clock = Ticks(Cell::new(0));
        assert!(response("GET / HT", &clock).starts_with("HTTP/1.1 408 "));
        assert!(clock.0.get() >= 100);
    }
}
