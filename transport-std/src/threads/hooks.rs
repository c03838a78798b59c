//! Law: what the core wants to know beside the bytes is answered here, and costs no system call.

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bantam::{ExchangeRecord, Hooks, Phase};
use embedded_io_adapters::std::FromStd;

use super::pool::House;
use super::stream::Stream;
use crate::access::observer::{AccessRecord, Observer};
use crate::shared::date::DateCache;

/// What surrounds a connection of this server.
pub(crate) struct Surroundings<'w> {
    pub(crate) client: Option<SocketAddr>,
    pub(crate) clock: &'w mut DateCache,
    pub(crate) house: &'w House,
    pub(crate) observer: &'w dyn Observer,
    /// When the request has begun.
    pub(crate) begun: Instant,
}

impl Hooks<FromStd<Stream>> for Surroundings<'_> {
    fn enter(&mut self, stream: &mut FromStd<Stream>, phase: Phase) {
        if phase == Phase::Head && self.observer.needs_duration() {
            self.begun = Instant::now();
        }
        stream.inner_mut().enter(phase);
    }

    fn pause(&mut self, _: &mut FromStd<Stream>, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn shutdown_write(&mut self, stream: &mut FromStd<Stream>) -> io::Result<bool> {
        stream.inner().shutdown_write().map(|()| true)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.client
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.clock.date())
    }

    fn keep_alive(&self) -> bool {
        // Not in a house that closes, nor while another waits for this thread.
        !self.house.is_closing() && !self.house.is_crowded()
    }

    fn write_from(
        &mut self,
        stream: &mut FromStd<Stream>,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        stream.inner_mut().write_from(source, offset, length)
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let took = if self.observer.needs_duration() { self.begun.elapsed() } else { Duration::ZERO };
        let (client, date) = (self.client, self.clock.date());
        self.observer.on_response(&AccessRecord { client, date, duration: took, record });
    }
}
