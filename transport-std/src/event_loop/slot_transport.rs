//! The transport of the connection that is attached to a slot.
//! Invariant: what would block is pending, and the slot's [`Blocked`] says until when.

use std::any::Any;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use bantam::{ExchangeRecord, Phase, Transport};
use embedded_io::ErrorType;
use embedded_io_async::{Read, Write};

use super::connection::PolledConnection;
use super::slot_io::{Attached, Blocked, SlotIo};
use super::timers::{deadline_after, tick};
use crate::net::sendfile;

/// The transport of the connection that is attached.
pub(super) struct SlotTransport<'s>(pub(super) &'s SlotIo);

impl ErrorType for SlotTransport<'_> {
    type Error = io::Error;
}

impl Read for SlotTransport<'_> {
    fn read(&mut self, memory: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        poll_fn(|_| {
            if self.0.is_overdue() {
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
            self.0.try_io(|attached| attached.connection.read(memory), Blocked::Until)
        })
    }
}

impl Write for SlotTransport<'_> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<usize>> {
        let write = |connection: &mut PolledConnection, more, limit| {
            connection.write(bytes.get(..limit).unwrap_or(bytes), more)
        };
        poll_fn(move |_| self.0.try_write_paced(write, |count| *count))
    }

    /// Waits until what TLS has accepted is written.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> {
        poll_fn(move |_| {
            if !self.is_secure() {
                return Poll::Ready(Ok(()));
            }
            self.0.try_write(|connection, _| connection.flush(), |()| 0)
        })
    }
}

impl Transport for SlotTransport<'_> {
    fn enter(&mut self, phase: Phase) {
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.timer.enter(phase);
            attached.late.enter(phase);
            attached.phase = phase;
            if phase == Phase::Head {
                attached.connection.requests = attached.connection.requests.saturating_add(1);
                let context = &self.0.context;
                attached.log.start(&*context.server.config.observer, || context.now());
            }
        }
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.enter(phase);
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.timer.enter_for(phase, self.0.phase_time(), limit);
        }
    }

    async fn pause(&mut self, duration: Duration) {
        let SlotIo { context, blocked, .. } = self.0;
        let deadline = deadline_after(context.elapsed(), duration);
        let mut next_turn = false;
        poll_fn(|_| {
            if mem::replace(&mut next_turn, true)
                && (duration.is_zero() || tick(context.elapsed()) >= deadline)
            {
                return Poll::Ready(());
            }
            blocked.set(if duration.is_zero() { Blocked::Budget } else { Blocked::Until(deadline) });
            Poll::Pending
        })
        .await;
    }

    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if length == 0 {
            return Ok((!self.is_secure() && sendfile::is_supported(source)).then_some(0));
        }
        let send = |connection: &mut PolledConnection, _, limit| {
            connection.write_from(source, offset, length.min(limit))
        };
        poll_fn(|_| self.0.try_write_paced(send, |count| count.unwrap_or(0))).await
    }

    fn more(&mut self, more: bool) {
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.more = more;
        }
    }

    /// Ends our side of TLS, and marks the connection: its worker hands it to the `Lingerer`, which ends our side of TCP.
    async fn shutdown_write(&mut self) -> io::Result<bool> {
        if self.is_secure() {
            let close = |connection: &mut PolledConnection, _| connection.close_tls();
            let _ = poll_fn(|_| self.0.try_write(close, |()| 0)).await;
        }
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.lingers = true;
        }
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.attached.borrow().as_ref().and_then(|attached| attached.log.client)
    }

    fn is_secure(&self) -> bool {
        self.0.is_secure.get()
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.context.date())
    }

    fn keep_alive(&self) -> bool {
        !self.0.context.server.state.is_stopping() && self.0.may_persist()
    }

    fn is_ending(&self) -> bool {
        self.0.context.server.state.is_stopping()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let context = &self.0.context;
        if let Some(Attached { log, .. }) = self.0.attached.borrow().as_ref() {
            log.record(&*context.server.config.observer, || context.date(), record);
        }
    }
}
