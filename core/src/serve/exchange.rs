//! One request and its response on a transport: the only driver of a [`Cycle`].
//! Invariant: body bytes are staged and handed over only as the cycle frames and decodes them.

use core::any::Any;
use core::fmt;
use core::future::Future;
use core::time::Duration;

use embedded_io_async::{Error as _, ErrorKind};

use super::io::{MAX_WRITE, flush, read, write};
use super::low_level::LowLevel;
use super::response_buffer::ResponseBuffer;
use super::state::Input;
use crate::cycle::{BodyFraming, Cycle};
use crate::error::{Error, Fault, Misuse, PageError as _, Rejection};
use crate::page::{Connection, LowLevelStream, Pass, Response, Site, Trail};
use crate::persistence::AfterExchange;
use crate::record::{ExchangeRecord, ParsedHead};
use crate::refusal::Refusal;
use crate::slice::split_at;
use crate::transport::{Phase, Transport};
use crate::wire::{CONTINUE, Status};

/// How many bytes of a body that the page has left unread are dropped to keep the connection: 64 KB. With more it closes.
pub const MAX_DRAIN: usize = 64 * 1024;

/// How long [`Connection::gone`] waits where the request buffer is full, so that it cannot see the end of the peer.
const FULL_PAUSE: Duration = Duration::from_secs(1);

/// The [`Connection`] that a page is given.
#[derive(Debug)]
pub(crate) struct Exchange<'a, 'm, T, S> {
    pub(crate) transport: &'a mut T,
    pub(crate) site: &'a S,
    /// The head of the request as it was received, from its request line on.
    pub(crate) head: &'a [u8],
    pub(crate) cycle: Cycle,
    pub(crate) response: &'a mut ResponseBuffer<'m>,
    /// The request buffer behind the head.
    pub(crate) input: Input<'a>,
    /// The status of the last head that was staged; 500 before there is one.
    pub(crate) status: Status,
    /// What the site is asked to respond to.
    pub(crate) refused: Option<Fault>,
    /// That of the page, if it has refused with one.
    pub(crate) refusal: Option<&'static Refusal>,
    pub(crate) trail: Trail,
}

impl<'a, 'm, T: Transport, S: Site> Exchange<'a, 'm, T, S> {
    pub(crate) fn new(
        transport: &'a mut T,
        site: &'a S,
        response: &'a mut ResponseBuffer<'m>,
        cycle: Cycle,
        head: &'a [u8],
        input: Input<'a>,
    ) -> Self {
        let (status, refused, refusal, trail) = (Status::INTERNAL_SERVER_ERROR, None, None, Trail::NONE);
        Self { transport, site, head, cycle, response, input, status, refused, refusal, trail }
    }

    /// Copies body bytes that are buffered into `memory`, which is not empty. Returns how many; 0 if there are none.
    fn take_buffered(&mut self, memory: &mut [u8]) -> Result<usize, Error<T::Error>> {
        while let buffered @ [_, ..] = self.input.unread() {
            let (input, _) = split_at(buffered, memory.len());
            let step = self.cycle.receive(input)?;
            let (used, count) = (step.used, step.data.len());
            if let Some(place) = memory.get_mut(..count) {
                place.copy_from_slice(step.data);
            }
            self.input.consume(used);
            if count > 0 || self.cycle.body_is_done() {
                return Ok(count);
            }
        }
        Ok(0)
    }

    /// Reads once: into `memory` if that is at least as large as the buffer and every byte is certain to be data, or else
    /// into the buffer. Returns how many bytes went into `memory`. Flushes before it waits.
    fn read_body(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, Error<T::Error>>> {
        async move {
            flush(self.transport, self.response).await?;
            self.transport.enter(Phase::Body);
            let certain = usize::try_from(self.cycle.data_left()).unwrap_or(usize::MAX).min(memory.len());
            let direct = if certain >= self.input.capacity() { certain } else { 0 };
            let place = if direct > 0 {
                memory.get_mut(..direct).unwrap_or(&mut [])
            } else {
                self.input.clear();
                self.input.free()
            };
            let rejection = match read(self.transport, place).await {
                Ok(0) => Rejection::Truncated,
                Ok(count) if direct > 0 => {
                    self.cycle.received_directly(count as u64)?;
                    return Ok(count);
                }
                Ok(count) => {
                    self.input.fill(count);
                    return Ok(0);
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => Rejection::Timeout,
                Err(error) => return Err(Error::Io(error)),
            };
            // The rest of the body would be read as the next request.
            self.cycle.close();
            Err(rejection.into())
        }
    }

    /// Ends the body of a page that has returned. A broken stream outweighs what the page returned.
    pub(crate) fn finish(
        &mut self,
        page: Result<(), Error<T::Error>>,
    ) -> impl Future<Output = Result<(), Error<T::Error>>> {
        async move {
            if self.response.broken && !matches!(page, Err(Error::Io(_))) {
                return Err(Error::Closed);
            }
            page?;
            if self.response.is_open() {
                self.cycle.know_length();
                self.settle();
            }
            if self.cycle.finish()? && !self.response.stage_last_chunk() {
                flush(self.transport, self.response).await?;
                self.response.stage_last_chunk();
            }
            Ok(())
        }
    }

    /// Commits the response, reports the exchange, and returns what becomes of the connection; or the failed
    /// exchange, which can still be refused or has to be cut off.
    pub(crate) fn conclude(
        &mut self,
        finished: &Result<(), Error<T::Error>>,
        parsed: ParsedHead<'a>,
    ) -> Result<AfterExchange, ExchangeRecord<'a>> {
        let failed = finished.as_ref().err().map(|error| error.fault());
        let fault = self.refused.or(failed);
        let record = ExchangeRecord::new(self.head, self.status, self.cycle.sent(), fault).of(parsed);
        if !matches!(failed, None | Some(Fault::Stream)) && !self.cycle.response_is_whole() {
            return Err(record);
        }
        self.response.commit();
        self.transport.on_response(&record);
        Ok(self.cycle.after())
    }

    /// Reads and drops the rest of the body, up to `limit` bytes. Returns [`AfterExchange::Keep`] if that was all of it, or
    /// else [`AfterExchange::Close`].
    pub(crate) fn drain(
        &mut self,
        mut limit: usize,
    ) -> impl Future<Output = Result<AfterExchange, Error<T::Error>>> {
        async move {
            if self.cycle.data_left() > limit as u64 {
                return Ok(AfterExchange::Close);
            }
            while !self.cycle.body_is_done() {
                if let buffered @ [_, ..] = self.input.unread() {
                    let Ok(step) = self.cycle.receive(buffered) else { return Ok(AfterExchange::Close) };
                    let (used, count) = (step.used, step.data.len());
                    self.input.consume(used);
                    let Some(left) = limit.checked_sub(count) else { return Ok(AfterExchange::Close) };
                    limit = left;
                    continue;
                }
                match self.read_body(&mut []).await {
                    Err(error @ (Error::Io(_) | Error::Closed)) => return Err(error),
                    Err(_) => return Ok(AfterExchange::Close),
                    Ok(_) => {}
                }
            }
            Ok(AfterExchange::Keep)
        }
    }
}

impl<T: Transport, S: Site> Connection for Exchange<'_, '_, T, S> {
    type Error = Error<T::Error>;

    fn recv(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, Self::Error>> {
        async move {
            if self.cycle.is_low_level() {
                return Err(Misuse::AfterLowLevel.into());
            }
            self.settle();
            if self.cycle.want_body(!self.input.is_empty())? && !self.response.stage_interim(CONTINUE) {
                flush(self.transport, self.response).await?;
                self.response.stage_interim(CONTINUE);
            }
            while !memory.is_empty() && !self.cycle.body_is_done() {
                let mut count = self.take_buffered(memory)?;
                if count == 0 && !self.cycle.body_is_done() {
                    count = self.read_body(memory).await?;
                }
                if count > 0 {
                    return Ok(count);
                }
            }
            Ok(0)
        }
    }

    fn limit_body(&mut self, limit: u64) -> Result<(), Self::Error> {
        Ok(self.cycle.limit_body(limit)?)
    }

    fn send(&mut self, mut data: &[u8]) -> impl Future<Output = Result<(), Self::Error>> {
        async move {
            let framing = self.cycle.send(data.len())?;
            if self.cycle.length() > self.response.longest_whole() as u64 {
                self.settle();
            }
            if framing == BodyFraming::Discard {
                return Ok(());
            }
            loop {
                self.response.stage_body(framing, &mut data);
                if data.is_empty() {
                    return Ok(());
                }
                if self.response.is_empty() {
                    return Err(Misuse::HeadTooLarge.into());
                }
                flush(self.transport, self.response).await?;
                // What would fill the buffer is written from where it is.
                while framing == BodyFraming::Plain && data.len() >= self.response.capacity() {
                    let (piece, later) = split_at(data, MAX_WRITE);
                    data = later;
                    self.response.broken = true;
                    write(self.transport, piece).await?;
                    self.response.broken = false;
                }
            }
        }
    }

    fn fill(
        &mut self,
        write: &mut dyn FnMut(&mut [u8]) -> usize,
    ) -> impl Future<Output = Result<usize, Self::Error>> {
        async move {
            loop {
                if let Some(count) = self.lend(write)? {
                    return Ok(count);
                }
                flush(self.transport, self.response).await?;
            }
        }
    }

    fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> impl Future<Output = Result<u64, Self::Error>> {
        async move {
            let mut sent = 0;
            if length > self.cycle.plain_left()
                || self.transport.write_from(source, offset, 0).await.map_err(Error::Io)?.is_none()
            {
                return Ok(0);
            }
            self.settle();
            self.transport.more(true);
            let flushed = flush(self.transport, self.response).await;
            self.transport.more(false);
            flushed?;
            // What the peer still has to take by the deadline that runs.
            let mut due = 0;
            while sent < length {
                if due == 0 {
                    self.transport.enter(Phase::Response);
                    due = MAX_WRITE;
                }
                let left = usize::try_from(length - sent).unwrap_or(usize::MAX);
                self.response.broken = true;
                let count = match self.transport.write_from(source, offset.saturating_add(sent), left).await {
                    Ok(Some(count @ 1..)) => count.min(left),
                    Ok(_) => 0,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => return Err(Error::Io(error)),
                };
                self.response.broken = false;
                if count == 0 {
                    break;
                }
                self.cycle.send(count)?;
                sent += count as u64;
                due = due.saturating_sub(count);
            }
            Ok(sent)
        }
    }

    fn make_response(&mut self, response: Response<'_>) -> impl Future<Output = Result<(), Self::Error>> {
        async move {
            while !self.stage(&response, true)? {
                flush(self.transport, self.response).await?;
            }
            if response.body.is_empty() { Ok(()) } else { self.send(response.body).await }
        }
    }

    fn write_response(
        &mut self,
        response: Response<'_>,
        write: impl Fn(&mut Pass<'_>) -> fmt::Result,
    ) -> impl Future<Output = Result<(), Self::Error>> {
        async move {
            let mut is_made = false;
            while !self.stage_pass(&response, &write, &mut is_made)? {
                flush(self.transport, self.response).await?;
            }
            Ok(())
        }
    }

    fn response_already_made(&self) -> bool {
        self.cycle.response_is_made()
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Self::Error>> {
        self.settle();
        flush(self.transport, self.response)
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error> {
        Connection::flush(self).await?;
        self.transport.pause(duration).await;
        Ok(())
    }

    fn gone(&mut self, limit: Duration) -> impl Future<Output = Result<bool, Self::Error>> {
        async move {
            Connection::flush(self).await?;
            self.transport.enter_for(Phase::LowLevel, limit);
            while !self.transport.is_ending() {
                self.input.compact(self.input.unread().len(), 1);
                let place = self.input.free();
                if place.is_empty() {
                    self.transport.pause(limit.min(FULL_PAUSE)).await;
                    break;
                }
                match read(self.transport, place).await {
                    Ok(0) => return Ok(true),
                    Ok(count) => self.input.fill(count),
                    Err(error) if error.kind() == ErrorKind::TimedOut => break,
                    Err(error) => return Err(Error::Io(error)),
                }
            }
            Ok(self.transport.is_ending())
        }
    }

    fn is_ending(&self) -> bool {
        self.transport.is_ending()
    }

    fn close(&mut self) {
        self.cycle.close();
    }

    fn refuse(&mut self, refusal: &'static Refusal) -> Self::Error {
        self.refusal = Some(refusal);
        refusal.status.into()
    }

    fn trail(&mut self) -> Option<&mut Trail> {
        Some(&mut self.trail)
    }

    async fn low_level(&mut self) -> Result<impl LowLevelStream, Self::Error> {
        Connection::flush(self).await?;
        self.cycle.low_level();
        Ok(LowLevel::new(self.transport, &mut self.input))
    }
}
