//! Law: the one driver of an exchange: what [`Cycle`] says is done with the bytes, here and nowhere else.

use core::any::Any;
use core::future::Future;
use core::time::Duration;

use embedded_io_async::{Error as _, ErrorKind, ErrorType, Read, Write};

use super::response_buffer::{MAX_WRITE, Output, flush, read, write};
use crate::cycle::{BodyFraming, Cycle};
use crate::error::{Error, Misuse, Rejection};
use crate::page::{Connection, Response};
use crate::transport::{Phase, Transport};
use crate::wire::{BodyLength, CONTINUE, ResponseHeadSpec, Status};

/// One request and its response on a transport: the [`Connection`] that a page is given.
#[derive(Debug)]
pub(crate) struct Exchange<'a, 'm, T> {
    pub(crate) transport: &'a mut T,
    pub(crate) cycle: Cycle,
    pub(crate) output: &'a mut Output<'m>,
    /// The request buffer behind the head.
    pub(crate) input: &'a mut [u8],
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// What has been answered.
    pub(crate) status: Status,
}

impl<T: Transport> Exchange<'_, '_, T> {
    fn unread(&self) -> &[u8] {
        self.input.get(self.from..self.to).unwrap_or(&[])
    }

    /// Hands over body bytes that have been read already; 0 where there are none.
    fn take(&mut self, memory: &mut [u8]) -> Result<usize, Error<T::Error>> {
        while self.from < self.to {
            let buffered = self.input.get(self.from..self.to).unwrap_or(&[]);
            let (input, _) = buffered.split_at_checked(memory.len()).unwrap_or((buffered, &[]));
            let step = self.cycle.receive(input)?;
            self.from += step.used;
            if let Some(place) = memory.get_mut(..step.data.len()).filter(|place| !place.is_empty()) {
                place.copy_from_slice(step.data);
                return Ok(place.len());
            }
            if self.cycle.body_is_done() {
                break;
            }
        }
        Ok(0)
    }

    /// Reads once: data straight into `memory` where it is sure to be data and `memory` is the larger, else into the
    /// buffer. How much data there was.
    fn fill(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, Error<T::Error>>> {
        async move {
            flush(self.transport, self.output).await?;
            self.transport.enter(Phase::Body);
            let sure = usize::try_from(self.cycle.data_left()).unwrap_or(usize::MAX).min(memory.len());
            let direct = if sure >= self.input.len() { sure } else { 0 };
            let place = if direct > 0 {
                memory.get_mut(..direct).unwrap_or(&mut [])
            } else {
                (self.from, self.to) = (0, 0);
                &mut *self.input
            };
            match read(self.transport, place).await {
                Ok(0) => Err(Rejection::Truncated.into()),
                Ok(count) if direct > 0 => {
                    self.cycle.passed(count as u64)?;
                    Ok(count)
                }
                Ok(count) => {
                    self.to = count;
                    Ok(0)
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => Err(Rejection::Timeout.into()),
                Err(error) => Err(Error::Io(error)),
            }
        }
    }

    /// Stages the head of a response; `true` if it has to wait until earlier answers have left. Nothing of it is kept
    /// meanwhile: what is held across a wait is memory of every connection.
    fn stage(&mut self, response: &Response<'_>) -> Result<bool, Misuse> {
        let (framing, connection) =
            self.cycle.respond(response.status, response.length, self.transport.keep_alive())?;
        let date = self.transport.date();
        let (status, headers) = (response.status, response.headers);
        let framing = framing.filter(|framing| *framing != BodyLength::UntilClose);
        let plan = ResponseHeadSpec { status, date: date.as_ref(), headers, framing, connection };
        match self.output.stage(&plan, &[]) {
            Ok(()) => {
                self.status = status;
                Ok(false)
            }
            Err(misuse) => {
                self.cycle.retract();
                if misuse == Misuse::HeadTooLarge && !self.output.is_empty() { Ok(true) } else { Err(misuse) }
            }
        }
    }

    /// Ends the body that a page leaves behind, if it has to have an end and the page has not failed.
    pub(crate) fn finish(
        &mut self,
        page: Result<(), Error<T::Error>>,
    ) -> impl Future<Output = Result<(), Error<T::Error>>> {
        async move {
            page?;
            if self.cycle.finish()? && !self.output.last_chunk() {
                flush(self.transport, self.output).await?;
                self.output.last_chunk();
            }
            Ok(())
        }
    }

    /// Reads up to `limit` bytes of a body that nobody wants; is the connection then fit for another request?
    pub(crate) fn drain(&mut self, mut limit: usize) -> impl Future<Output = Result<bool, Error<T::Error>>> {
        async move {
            if self.cycle.data_left() > limit as u64 {
                return Ok(false);
            }
            while !self.cycle.body_is_done() {
                if let Some(buffered @ [_, ..]) = self.input.get(self.from..self.to) {
                    let Ok(step) = self.cycle.receive(buffered) else { return Ok(false) };
                    self.from += step.used;
                    match limit.checked_sub(step.data.len()) {
                        Some(left) => limit = left,
                        None => return Ok(false),
                    }
                    continue;
                }
                match self.fill(&mut []).await {
                    Err(error @ (Error::Io(_) | Error::Closed)) => return Err(error),
                    Err(_) => return Ok(false),
                    Ok(_) => {}
                }
            }
            Ok(true)
        }
    }
}

impl<T: Transport> Connection for Exchange<'_, '_, T> {
    type Error = Error<T::Error>;

    fn recv(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, Self::Error>> {
        async move {
            if self.cycle.is_low_level() {
                return Err(Misuse::AfterLowLevel.into());
            }
            if self.cycle.ask(!self.unread().is_empty())? && !self.output.interim(CONTINUE) {
                flush(self.transport, self.output).await?;
                self.output.interim(CONTINUE);
            }
            while !memory.is_empty() && !self.cycle.body_is_done() {
                let mut count = self.take(memory)?;
                if count == 0 && !self.cycle.body_is_done() {
                    count = self.fill(memory).await?;
                }
                if count > 0 {
                    return Ok(count);
                }
            }
            Ok(0)
        }
    }

    fn send(&mut self, mut data: &[u8]) -> impl Future<Output = Result<(), Self::Error>> {
        async move {
            let payload = self.cycle.send(data.len())?;
            loop {
                match payload {
                    BodyFraming::Plain => self.output.plain(&mut data),
                    BodyFraming::Chunk => self.output.chunked(&mut data),
                    BodyFraming::Discard => return Ok(()),
                }
                if data.is_empty() {
                    return Ok(());
                }
                if self.output.is_empty() {
                    return Err(Misuse::HeadTooLarge.into());
                }
                flush(self.transport, self.output).await?;
                // What would only pass through the buffer goes straight out.
                while payload == BodyFraming::Plain && data.len() >= self.output.capacity() {
                    let (piece, later) = data.split_at_checked(MAX_WRITE).unwrap_or((data, &[]));
                    data = later;
                    self.output.writes(true);
                    write(self.transport, piece).await?;
                    self.output.writes(false);
                }
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
            flush(self.transport, self.output).await?;
            let mut piece = 0;
            while sent < length {
                if piece == 0 {
                    self.transport.enter(Phase::Response);
                    piece = MAX_WRITE.min(usize::try_from(length - sent).unwrap_or(MAX_WRITE));
                }
                self.output.writes(true);
                let count = match self.transport.write_from(source, offset.saturating_add(sent), piece).await
                {
                    Ok(Some(count @ 1..)) => count.min(piece),
                    Ok(_) => 0,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => return Err(Error::Io(error)),
                };
                self.output.writes(false);
                if count == 0 {
                    break;
                }
                self.cycle.send(count)?;
                sent += count as u64;
                piece -= count;
            }
            Ok(sent)
        }
    }

    fn make_response(&mut self, response: Response<'_>) -> impl Future<Output = Result<(), Self::Error>> {
        async move {
            if self.stage(&response)? {
                flush(self.transport, self.output).await?;
                if self.stage(&response)? {
                    return Err(Misuse::HeadTooLarge.into());
                }
            }
            if response.body.is_empty() { Ok(()) } else { self.send(response.body).await }
        }
    }

    fn response_already_made(&self) -> bool {
        self.cycle.response_is_made()
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error> {
        flush(self.transport, self.output).await?;
        self.transport.pause(duration).await;
        Ok(())
    }

    fn close(&mut self) {
        self.cycle.close();
    }

    async fn low_level(&mut self) -> Result<impl Read + Write, Self::Error> {
        flush(self.transport, self.output).await?;
        self.cycle.low_level();
        Ok(LowLevel {
            transport: &mut *self.transport,
            unread: &*self.input,
            from: &mut self.from,
            to: self.to,
        })
    }
}

/// The stream, with what had been read of it in front.
struct LowLevel<'a, T> {
    transport: &'a mut T,
    unread: &'a [u8],
    from: &'a mut usize,
    to: usize,
}

impl<T: Transport> ErrorType for LowLevel<'_, T> {
    type Error = T::Error;
}

impl<T: Transport> Read for LowLevel<'_, T> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, T::Error> {
        let buffered = self.unread.get(*self.from..self.to).unwrap_or(&[]);
        let count = buffered.len().min(memory.len());
        if let (Some(place @ [_, ..]), Some(bytes)) = (memory.get_mut(..count), buffered.get(..count)) {
            place.copy_from_slice(bytes);
            *self.from += count;
            return Ok(count);
        }
        self.transport.enter(Phase::LowLevel);
        self.transport.read(memory).await
    }
}

impl<T: Transport> Write for LowLevel<'_, T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        self.transport.enter(Phase::LowLevel);
        self.transport.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        self.transport.flush().await
    }
}
