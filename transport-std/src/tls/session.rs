//! `Session`: the TLS of one connection, without I/O of its own. The caller lends the stream to each call: one that does not
//! block, or one whose calls end with the phase.
//! Invariant: bytes that are decrypted, and not read, keep the session readable; what a write has accepted leaves before the
//! bytes of the next one.

use std::io::{self, ErrorKind, Read, Write};

use rustls::{ProtocolVersion, ServerConnection};

use super::handshake::HandshakeError;
use crate::access::observer::TlsVersion;

/// How many bytes a client may send until the handshake is complete: a record of the largest size. A ClientHello has some 2 KB.
const MAX_HANDSHAKE: usize = 18 * 1024;
/// How many bytes of a response are encrypted before the system has taken them: two records. More would hide from the deadline of
/// a response that the peer takes nothing, which is judged by [`bantam::MAX_WRITE`].
const MAX_UNSENT: usize = 32 * 1024;
/// How many reads of the stream may bring nothing for HTTP before [`Session::read`] returns.
const MAX_EMPTY_READS: usize = 16;

/// One connection's TLS. Holds no buffers of this crate; those of rustls are empty between two requests, but for 4 KB.
pub(crate) struct Session {
    tls: ServerConnection,
    /// How many bytes are decrypted and not read.
    decrypted: usize,
    /// The peer has ended its side, by close_notify or without.
    read_closed: bool,
    /// What the peer has sent of the handshake.
    handshake_bytes: usize,
    close_queued: bool,
}

impl Session {
    pub(super) fn new(mut tls: ServerConnection) -> Self {
        tls.set_buffer_limit(Some(MAX_UNSENT));
        Self { tls, decrypted: 0, read_closed: false, handshake_bytes: 0, close_queued: false }
    }

    /// Goes on with the handshake. Returns when it is complete and its last record is sent; then again at once.
    pub(crate) fn shake_hands(&mut self, stream: &mut (impl Read + Write)) -> Result<(), HandshakeError> {
        loop {
            self.flush(stream).map_err(blocked_or_gone)?;
            if !self.tls.is_handshaking() {
                return Ok(());
            }
            let mut sniffer = Sniffer { stream, first: None };
            let count = match self.tls.read_tls(&mut sniffer) {
                Ok(0) => return Err(HandshakeError::Gone(ErrorKind::UnexpectedEof.into())),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(blocked_or_gone(error)),
            };
            // The first byte of TLS is the type of a record, which is no letter.
            if self.handshake_bytes == 0 && sniffer.first.is_some_and(|byte| byte.is_ascii_alphabetic()) {
                return Err(HandshakeError::PlainHttp);
            }
            self.handshake_bytes += count;
            self.process(stream).map_err(|error| match error.kind() {
                ErrorKind::InvalidData => HandshakeError::Refused(error.to_string()),
                _ => HandshakeError::Gone(error),
            })?;
            if self.tls.is_handshaking() && self.handshake_bytes > MAX_HANDSHAKE {
                return Err(HandshakeError::Refused("the handshake is too long".into()));
            }
        }
    }

    /// Reads what is decrypted, or else from the stream. Returns 0 when the peer has ended its side, by close_notify or without:
    /// HTTP knows by itself whether a message is whole.
    ///
    /// # Errors
    /// Those of the stream; `InvalidData` for what is no TLS, after an alert; `Interrupted` after some reads that brought nothing.
    pub(crate) fn read(&mut self, stream: &mut (impl Read + Write), memory: &mut [u8]) -> io::Result<usize> {
        for reads in 0.. {
            if self.decrypted > 0 {
                let count = self.tls.reader().read(memory)?;
                self.decrypted = self.decrypted.saturating_sub(count);
                return Ok(count);
            }
            if self.read_closed {
                return Ok(0);
            }
            if reads == MAX_EMPTY_READS {
                break;
            }
            match self.tls.read_tls(stream)? {
                0 => self.read_closed = true,
                _ => self.process(stream)?,
            }
        }
        Err(ErrorKind::Interrupted.into())
    }

    /// Encrypts bytes and sends what the stream takes. Returns how many of them are accepted: the rest of their records leaves with
    /// the next call of this, [`Self::flush`] or [`Self::close`].
    ///
    /// # Errors
    /// Those of the stream; after `WouldBlock` none of the bytes is accepted.
    pub(crate) fn write(&mut self, stream: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        self.flush(stream)?;
        let count = self.tls.writer().write(bytes)?;
        match self.flush(stream) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    /// Sends the records that are not sent.
    ///
    /// # Errors
    /// Those of the stream; after `WouldBlock` some are left.
    pub(crate) fn flush(&mut self, stream: &mut impl Write) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(stream) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends our side: sends close_notify behind what is not sent. Does nothing before the handshake is complete.
    ///
    /// # Errors
    /// Those of [`Self::flush`].
    pub(crate) fn close(&mut self, stream: &mut impl Write) -> io::Result<()> {
        if self.tls.is_handshaking() {
            return Ok(());
        }
        if !self.close_queued {
            self.close_queued = true;
            self.tls.send_close_notify();
        }
        self.flush(stream)
    }

    /// Returns true if [`Self::read`] returns something without a read of the stream.
    pub(crate) const fn is_readable(&self) -> bool {
        self.decrypted > 0 || self.read_closed
    }

    /// The version of TLS; `None` before the handshake.
    pub(crate) fn version(&self) -> Option<TlsVersion> {
        match self.tls.protocol_version()? {
            ProtocolVersion::TLSv1_2 => Some(TlsVersion::V1_2),
            ProtocolVersion::TLSv1_3 => Some(TlsVersion::V1_3),
            _ => None,
        }
    }

    /// Decrypts the records that have been read, and sends what answers them.
    fn process(&mut self, stream: &mut impl Write) -> io::Result<()> {
        let processed = self.tls.process_new_packets();
        // An alert, or the answer to a key update. Where the send buffer is full, it leaves with the next write.
        let sent = self.flush(stream);
        let state = processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        self.decrypted = state.plaintext_bytes_to_read();
        self.read_closed |= state.peer_has_closed();
        match sent {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }
}

fn blocked_or_gone(error: io::Error) -> HandshakeError {
    if error.kind() == ErrorKind::WouldBlock { HandshakeError::Blocked } else { HandshakeError::Gone(error) }
}

/// Remembers the first byte that is read.
struct Sniffer<'s, T> {
    stream: &'s mut T,
    first: Option<u8>,
}

impl<T: Read> Read for Sniffer<'_, T> {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(memory)?;
        if count > 0 {
            self.first = self.first.or(memory.first().copied());
        }
        Ok(count)
    }
}

#[cfg(test)]
#[path = "../../tests/tls/session.rs"]
mod tests;
