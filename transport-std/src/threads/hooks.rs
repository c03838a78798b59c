//! `ConnectionHooks`: the clock, the pool and the log of a blocking connection. None of its hooks makes a system call of its
//! own.

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bantam::{ExchangeRecord, Hooks, Phase};
use embedded_io_adapters::std::FromStd;

use super::pool::Pool;
use super::stream::DeadlineStream;
use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;
use crate::shared::exchange_log::ExchangeLog;

/// The hooks of one connection.
pub(super) struct ConnectionHooks<'t> {
    pub(super) log: ExchangeLog,
    pub(super) date: &'t mut DateCache,
    pub(super) pool: &'t Pool,
    pub(super) server: &'t ServerContext,
}

impl Hooks<FromStd<DeadlineStream<'_>>> for ConnectionHooks<'_> {
    fn enter(&mut self, stream: &mut FromStd<DeadlineStream<'_>>, phase: Phase) {
        if phase == Phase::Head {
            self.log.start(&*self.server.config.observer, Instant::now);
        }
        stream.inner_mut().enter(phase);
    }

    fn pause(&mut self, _: &mut FromStd<DeadlineStream<'_>>, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn shutdown_write(&mut self, stream: &mut FromStd<DeadlineStream<'_>>) -> io::Result<bool> {
        stream.inner().shutdown_write().map(|()| true)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.log.client
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.date.now())
    }

    fn keep_alive(&self) -> bool {
        // Another connection may wait for this thread.
        !self.server.state.is_stopping() && !self.pool.has_backlog()
    }

    fn write_from(
        &mut self,
        stream: &mut FromStd<DeadlineStream<'_>>,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        stream.inner_mut().write_from(source, offset, length)
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.log.record(&*self.server.config.observer, self.date.now(), record);
    }
}
