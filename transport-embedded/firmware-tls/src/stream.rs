//! [`TlsStream`]: one connection over TLS, as a [`Transport`].
//! Invariant: no byte of a page is written but by a session whose handshake is complete; a connection that does not fail ends with
//! close_notify.

use core::cell::RefCell;
use core::net::SocketAddr;
use core::time::Duration;

use bantam::{ExchangeRecord, Phase, Transport};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use mbedtls_rs::sys::MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
use mbedtls_rs::{Session, SessionConfig, SessionError, TlsReference};

use crate::socket::Socket;

/// The answer to a request of HTTP.
const NEEDS_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 28\r\n\
    Connection: close\r\n\r\nThis port speaks HTTPS only\n";
/// The answer to a request in a record that is larger than the buffer for one (features `ssl-in-content-len` of mbedtls-rs).
const LARGE_RECORD: &[u8] =
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain\r\nContent-Length: 57\r\n\
    Connection: close\r\n\r\nA record of TLS is larger than the buffer of this device\n";
/// Mbed TLS's error for one that is not in a handshake.
const TOO_LARGE: i32 = MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
/// A record with the fatal alert internal_error (RFC 8446 section 6.2), for a connection that gets no session.
const INTERNAL_ERROR: &[u8] = &[21, 3, 3, 0, 2, 2, 80];

/// A connection over TLS. The handshake is a part of the first read, and has the deadline of a head from its first byte to its last.
pub struct TlsStream<T: Transport<Error = ErrorKind>> {
    // The session lends its stream by a mutable reference alone, and some methods of a transport have a shared one of this
    // stream. No two borrows meet: the methods that wait have the only reference.
    state: RefCell<State<T>>,
    stage: Stage,
    /// The phase that the server has entered last.
    phase: Phase,
    /// A part of the response to the current request is written.
    has_answered: bool,
}

enum State<T: Transport<Error = ErrorKind>> {
    Session(Session<'static, Socket<T>>),
    /// The heap has no room for a session.
    NoRoom(Socket<T>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Handshake,
    Open,
    /// The handshake has failed, or close_notify is sent.
    Closed,
}

impl<T: Transport<Error = ErrorKind>> TlsStream<T> {
    pub(crate) fn new(tls: TlsReference<'static>, config: &SessionConfig<'static>, transport: T) -> Self {
        let mut state = match Session::new(tls, Socket::empty(), config) {
            Ok(session) => State::Session(session),
            Err(_) => State::NoRoom(Socket::empty()),
        };
        state.socket().set(transport);
        Self { state: RefCell::new(state), stage: Stage::Handshake, phase: Phase::Idle, has_answered: false }
    }

    /// Calls `f` with the transport; returns `otherwise` if there is none, which no path leads to.
    fn with<R>(&self, otherwise: R, f: impl FnOnce(&T) -> R) -> R {
        let Ok(mut state) = self.state.try_borrow_mut() else { return otherwise };
        match state.socket().transport() {
            Some(transport) => f(transport),
            None => otherwise,
        }
    }

    fn transport(&mut self) -> Option<&mut T> {
        self.state.get_mut().socket().transport()
    }

    /// Shakes hands, if that has not been done. Returns false if the connection is over without a word of HTTP.
    async fn open(&mut self) -> Result<bool, ErrorKind> {
        match self.stage {
            Stage::Open => return Ok(true),
            Stage::Closed => return Err(ErrorKind::NotConnected),
            Stage::Handshake => {}
        }
        // Whatever ends this, there is no second handshake.
        self.stage = Stage::Closed;
        let socket = self.state.get_mut().socket();
        if socket.peek().await?.is_none() {
            return Ok(false);
        }
        if let Some(transport) = socket.transport() {
            transport.enter(Phase::Head);
        }
        // The first byte of TLS is the type of a record, which is no letter.
        if socket.peek().await?.is_some_and(|byte| byte.is_ascii_alphabetic()) {
            socket.send(NEEDS_TLS).await?;
            return Ok(false);
        }
        match self.state.get_mut() {
            State::NoRoom(socket) => {
                socket.send(INTERNAL_ERROR).await?;
                return Err(ErrorKind::OutOfMemory);
            }
            State::Session(session) => session.connect().await.map_err(kind)?,
        }
        self.stage = Stage::Open;
        let phase = self.phase;
        if let Some(transport) = self.transport() {
            transport.enter(phase);
        }
        Ok(true)
    }

    /// Sends close_notify, unless that has been done.
    async fn close(&mut self) -> Result<(), ErrorKind> {
        match self.state.get_mut() {
            State::Session(session) if self.stage == Stage::Open => {
                self.stage = Stage::Closed;
                session.close().await.map_err(kind)
            }
            _ => Ok(()),
        }
    }
}

impl<T: Transport<Error = ErrorKind>> State<T> {
    fn socket(&mut self) -> &mut Socket<T> {
        match self {
            Self::Session(session) => session.stream(),
            Self::NoRoom(socket) => socket,
        }
    }
}

fn kind(error: SessionError) -> ErrorKind {
    match error {
        SessionError::Io(kind) => kind,
        SessionError::MbedTls(_) => ErrorKind::InvalidData,
    }
}

impl<T: Transport<Error = ErrorKind>> ErrorType for TlsStream<T> {
    type Error = ErrorKind;
}

impl<T: Transport<Error = ErrorKind>> Read for TlsStream<T> {
    /// Returns 0 at the end of the stream, by close_notify or without: HTTP knows by itself whether a message is whole.
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        if !self.open().await? {
            return Ok(0);
        }
        let State::Session(session) = self.state.get_mut() else { return Err(ErrorKind::OutOfMemory) };
        match session.read(memory).await {
            Ok(count) => Ok(count),
            Err(SessionError::Io(ErrorKind::ConnectionReset)) => Ok(0),
            // The record does not fit Mbed TLS's buffer. Our side of the connection works.
            Err(SessionError::MbedTls(error)) if error.code() == TOO_LARGE && !self.has_answered => {
                session.write_all(LARGE_RECORD).await.map_err(kind)?;
                self.close().await?;
                Err(ErrorKind::InvalidData)
            }
            Err(error) => Err(kind(error)),
        }
    }
}

impl<T: Transport<Error = ErrorKind>> Write for TlsStream<T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match self.state.get_mut() {
            State::Session(session) if self.stage == Stage::Open => {
                self.has_answered = true;
                session.write(bytes).await.map_err(kind)
            }
            _ => Err(ErrorKind::NotConnected),
        }
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        match self.state.get_mut() {
            State::Session(session) if self.stage == Stage::Open => session.flush().await.map_err(kind),
            _ => Err(ErrorKind::NotConnected),
        }
    }
}

impl<T: Transport<Error = ErrorKind>> Transport for TlsStream<T> {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.has_answered &= !matches!(phase, Phase::Idle | Phase::Head);
        if let Some(transport) = self.transport() {
            transport.enter(phase);
        }
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.phase = phase;
        if let Some(transport) = self.transport() {
            transport.enter_for(phase, limit);
        }
    }

    async fn pause(&mut self, duration: Duration) {
        if let Some(transport) = self.transport() {
            transport.pause(duration).await;
        }
    }

    /// Sends close_notify, then ends our side of the stream below.
    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        self.close().await?;
        match self.transport() {
            Some(transport) => transport.shutdown_write().await,
            None => Ok(false),
        }
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.with(None, T::peer_addr)
    }

    fn is_secure(&self) -> bool {
        true
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.transport()?.date()
    }

    fn keep_alive(&self) -> bool {
        self.with(false, T::keep_alive)
    }

    fn is_ending(&self) -> bool {
        self.with(true, T::is_ending)
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        if let Some(transport) = self.transport() {
            transport.on_response(record);
        }
    }
}
