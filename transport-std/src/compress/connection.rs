//! [`CompressedConnection`]: the connection of a page, which compresses the response on its way.
//!
//! Invariant: what the page has sent before a flush, or before a wait for the client, has left the compressor then; what a response
//! states of its length is checked as the core checks it.

use std::any::Any;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use bantam::__router::Trail;
use bantam::{Connection, LowLevelStream, Misuse, Refusal, Response, SourceError};

use super::coding::{Coding, MIN_LENGTH};
use super::decision::offer;
use super::encoder::{Op, Step};
use super::erased::{AnyConnection, Error};
use super::held::{HOLD, Held};
use super::load::Compressor;
use super::settings::Compress;

/// The memory that `fill` lends, in bytes: 8 KB.
const LENT: usize = 8 * 1024;

/// The connection `inner`, below a page.
pub(super) struct CompressedConnection<'c> {
    inner: &'c mut (dyn AnyConnection + 'c),
    compress: &'c Compress,
    coding: Coding,
    is_head: bool,
    response: State,
    /// How many bytes the page has still to send, if it has stated a length. Counted where the core cannot.
    left: Option<u64>,
    /// What `fill` lends.
    lent: Vec<u8>,
}

/// What has become of the response.
enum State {
    /// The page has made none.
    None,
    Held(Box<Held>),
    /// It is sent as it is.
    Plain,
    Compressed(Box<Compressor>, Unflushed),
}

/// Whether the compressor has taken anything since it was flushed.
type Unflushed = bool;

impl<'c> CompressedConnection<'c> {
    pub(super) fn new(
        inner: &'c mut (dyn AnyConnection + 'c),
        compress: &'c Compress,
        coding: Coding,
        is_head: bool,
    ) -> Self {
        let (response, left, lent) = (State::None, None, Vec::new());
        Self { inner, compress, coding, is_head, response, left, lent }
    }

    /// Ends the response of a page that has returned `page`.
    pub(super) async fn finish(&mut self, page: Result<(), Error>) -> Result<(), Error> {
        page?;
        let is_held = matches!(self.response, State::Held(_));
        if !is_held && !matches!(self.response, State::Compressed(..)) {
            return Ok(());
        }
        let is_partial = self.left.is_some_and(|left| left > 0);
        if is_partial && !self.is_head {
            return Err(Misuse::BodyTooShort.into());
        }
        if !self.is_head {
            self.make_held(true).await?;
            return self.end().await;
        }
        // To HEAD a page may skip its body, or a part of it: the head is then that of a stream, whose length nothing states.
        let is_skipped = match &self.response {
            State::Held(held) => held.body.is_empty(),
            _ => false,
        };
        self.make_held(!is_partial && !is_skipped).await?;
        if is_partial || is_skipped {
            return if self.is_compressed() { self.inner.flush().await } else { Ok(()) };
        }
        self.end().await
    }

    /// Ends what is compressed.
    async fn end(&mut self) -> Result<(), Error> {
        self.run(&[], Op::End).await
    }

    const fn is_compressed(&self) -> bool {
        matches!(self.response, State::Compressed(..))
    }

    /// Makes the response that is held. `is_whole`: nothing follows what is held of it.
    async fn make_held(&mut self, is_whole: bool) -> Result<(), Error> {
        if !matches!(self.response, State::Held(_)) {
            return Ok(());
        }
        let State::Held(held) = std::mem::replace(&mut self.response, State::Plain) else { return Ok(()) };
        let known = held.length.or(is_whole.then_some(held.body.len() as u64));
        let compressor = match known {
            Some(length) if length < MIN_LENGTH => None,
            _ => self.compress.start(self.coding, known),
        };
        let fields = held.fields();
        let response = Response::new(held.status).headers(&fields);
        let Some(compressor) = compressor else {
            let response = match held.length {
                Some(length) => response.length(length),
                None => response,
            };
            self.inner.make_response(response).await?;
            return if held.body.is_empty() { Ok(()) } else { self.inner.send(&held.body).await };
        };
        let coding = compressor.coding();
        let is_compressed = {
            let mut making = pin!(self.inner.make_response(response));
            poll_fn(|context| {
                let (polled, is_taken) = offer(coding, || making.as_mut().poll(context));
                polled.map(|made| made.map(|()| is_taken))
            })
            .await?
        };
        if is_compressed {
            self.response = State::Compressed(Box::new(compressor), false);
        }
        if held.body.is_empty() { Ok(()) } else { self.pass(&held.body).await }
    }

    /// Sends bytes of a response that is made.
    async fn pass(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.is_compressed() { self.run(data, Op::Continue).await } else { self.inner.send(data).await }
    }

    /// Compresses into the response buffer. Nothing, if the response is sent as it is.
    async fn run(&mut self, data: &[u8], op: Op) -> Result<(), Error> {
        let State::Compressed(compressor, unflushed) = &mut self.response else { return Ok(()) };
        *unflushed = op == Op::Continue;
        let mut rest = data;
        loop {
            let mut stepped = Ok(Step::default());
            let mut write = |free: &mut [u8]| {
                stepped = compressor.step(rest, free, op);
                stepped.map_or(0, |step| step.written)
            };
            self.inner.fill(&mut write).await?;
            let step = stepped.map_err(|_| SourceError)?;
            rest = rest.get(step.read..).unwrap_or_default();
            compressor.rest().await;
            if step.is_done {
                return Ok(());
            }
        }
    }

    /// Makes the response that is held, and has everything leave the compressor.
    async fn settle(&mut self) -> Result<(), Error> {
        self.make_held(false).await?;
        match &self.response {
            State::Compressed(_, true) => self.run(&[], Op::Flush).await,
            _ => Ok(()),
        }
    }
}

impl Connection for CompressedConnection<'_> {
    type Error = Error;

    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        // It may wait for a client that waits for what was sent.
        self.settle().await?;
        self.inner.recv(memory).await
    }

    fn limit_body(&mut self, limit: u64) -> Result<(), Self::Error> {
        self.inner.limit_body(limit)
    }

    async fn send(&mut self, data: &[u8]) -> Result<(), Self::Error> {
        if matches!(self.response, State::None | State::Plain) {
            return self.inner.send(data).await;
        }
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(data.len() as u64).ok_or(Misuse::BodyTooLong)?;
        }
        if let State::Held(held) = &mut self.response {
            if held.body.len() + data.len() <= HOLD {
                held.body.extend_from_slice(data);
                return Ok(());
            }
            self.make_held(false).await?;
        }
        self.pass(data).await
    }

    async fn fill(&mut self, write: &mut dyn FnMut(&mut [u8]) -> usize) -> Result<usize, Self::Error> {
        if matches!(self.response, State::None | State::Plain) {
            return self.inner.fill(write).await;
        }
        let mut lent = std::mem::take(&mut self.lent);
        lent.resize(LENT, 0);
        let count = write(&mut lent).min(LENT);
        let sent = self.send(lent.get(..count).unwrap_or_default()).await;
        self.lent = lent;
        sent.map(|()| count)
    }

    async fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Result<u64, Self::Error> {
        match self.response {
            State::None | State::Plain => self.inner.send_from(source, offset, length).await,
            // The page reads it.
            State::Held(_) | State::Compressed(..) => Ok(0),
        }
    }

    async fn make_response(&mut self, response: Response<'_>) -> Result<(), Self::Error> {
        if !matches!(self.response, State::None) {
            return Err(Misuse::SecondResponse.into());
        }
        let is_short = response.length.is_some_and(|length| length < MIN_LENGTH);
        if is_short || self.inner.response_already_made() {
            return self.inner.make_response(response).await;
        }
        let Some(held) = Held::new(&response)? else { return self.inner.make_response(response).await };
        self.left = response.length;
        self.response = State::Held(Box::new(held));
        if response.body.is_empty() { Ok(()) } else { self.send(response.body).await }
    }

    fn response_already_made(&self) -> bool {
        !matches!(self.response, State::None) || self.inner.response_already_made()
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.settle().await?;
        self.inner.flush().await
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error> {
        self.settle().await?;
        self.inner.pause(duration).await
    }

    async fn gone(&mut self, limit: Duration) -> Result<bool, Self::Error> {
        self.settle().await?;
        self.inner.gone(limit).await
    }

    fn is_ending(&self) -> bool {
        self.inner.is_ending()
    }

    fn close(&mut self) {
        self.inner.close();
    }

    fn refuse(&mut self, refusal: &'static Refusal) -> Self::Error {
        self.inner.refuse(refusal)
    }

    fn trail(&mut self) -> Option<&mut Trail> {
        self.inner.trail()
    }

    async fn low_level(&mut self) -> Result<impl LowLevelStream, Self::Error> {
        self.settle().await?;
        self.inner.low_level().await
    }
}
