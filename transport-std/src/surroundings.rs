//! Law: what the core wants to know beside the bytes is answered here, and costs no system call.

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bantam::{Fault, Hooks, Phase, Record};
use embedded_io_adapters::std::FromStd;
use log::{Level, log, log_enabled};

use crate::clock::Clock;
use crate::house::House;
use crate::log_line::LogLine;
use crate::stream::Stream;

/// The target of the access log's records, one for every request at [`Level::Info`].
const ACCESS: &str = "access";

/// What surrounds a connection of this server.
#[derive(Debug)]
pub(crate) struct Surroundings<'w> {
    pub(crate) client: SocketAddr,
    pub(crate) clock: &'w mut Clock,
    pub(crate) house: &'w House,
}

impl Hooks<FromStd<Stream>> for Surroundings<'_> {
    fn enter(&mut self, stream: &mut FromStd<Stream>, phase: Phase) {
        stream.inner_mut().enter(phase);
    }

    fn pause(&mut self, _: &mut FromStd<Stream>, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn shutdown_write(&mut self, stream: &mut FromStd<Stream>) -> io::Result<bool> {
        stream.inner().shutdown_write().map(|()| true)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(self.client)
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

    fn answered(&mut self, record: &Record<'_>) {
        if log_enabled!(target: ACCESS, Level::Info) {
            let date = self.clock.date();
            log!(target: ACCESS, Level::Info, "{}", LogLine { client: self.client, date, record });
        }
        match record.fault {
            Some(Fault::Misuse(misuse)) => log!(Level::Error, "{}: a page failed: {misuse}", self.client),
            Some(Fault::Rejection(rejection)) => log!(Level::Debug, "{}: {rejection}", self.client),
            Some(Fault::Stream) => log!(Level::Debug, "{}: went away during the answer", self.client),
            None => {}
        }
    }
}
