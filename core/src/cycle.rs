//! [`Cycle`]: the state machine of one request and its response, without I/O.
//! Invariant: each request gets one final response; a call out of order returns a [`Misuse`] and changes nothing.

use crate::error::{Misuse, Rejection};
use crate::persistence::AfterExchange;
use crate::wire::{
    BodyLength, ChunkDecoder, ChunkStep, ConnectionOption, Method, RequestHead, Status, Version,
};

/// The rest of the request's body.
#[derive(Clone, Debug)]
enum Incoming {
    Known(u64),
    Chunked(ChunkDecoder),
    /// The body was refused, as too long or as malformed: where it ends is unknown.
    Refused {
        long: bool,
    },
}

/// The rest of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outgoing {
    /// No response has been made.
    NotStarted,
    /// This many bytes of body.
    Known(u64),
    Chunked,
    UntilClose,
    /// The page has left HTTP.
    LowLevel,
}

/// How body bytes are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFraming {
    /// As they are.
    Plain,
    /// As a chunk.
    Chunk,
    /// They are not sent: the request was HEAD.
    Discard,
}

/// The state of one exchange: RFC 9112 sections 6, 9.3 and 9.6, RFC 9110 sections 9.3.2 and 10.1.1. As long as a head without a
/// length is not written, [`Self::know_length`] can still state one.
///
/// ```
/// use bantam::{Cycle, AfterExchange, BodyFraming};
/// use bantam::wire::{BodyLength, Status, request_head};
///
/// let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
/// let mut cycle = Cycle::begin(&head, u64::MAX)?;
/// assert_eq!(cycle.respond(Status::OK, None, true).unwrap().0, Some(BodyLength::Chunked));
/// assert_eq!(cycle.send(5), Ok(BodyFraming::Chunk));
/// assert_eq!(cycle.finish(), Ok(true)); // send the last chunk
/// assert_eq!(cycle.after(), AfterExchange::Keep);
/// # Ok::<(), bantam::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cycle {
    incoming: Incoming,
    outgoing: Outgoing,
    /// How many more body bytes the limit allows.
    allowance: u64,
    /// Body bytes of the response, sent or discarded.
    sent: u64,
    version: Version,
    is_head: bool,
    persists: bool,
    /// The client has announced that this request is its last.
    client_closes: bool,
    /// The client waits for 100 (Continue), which has not been sent.
    awaits_continue: bool,
    upgrade: bool,
}

impl Cycle {
    /// Begins a cycle behind a request head. `limit`: the longest body that is accepted, in bytes without their chunks.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] if the stated length is beyond the limit.
    pub const fn begin(head: &RequestHead<'_>, limit: u64) -> Result<Self, Rejection> {
        let cycle = Self::new(head, limit);
        if cycle.data_left() > limit { Err(Rejection::ContentTooLarge) } else { Ok(cycle) }
    }

    /// Begins a cycle whose body may be stated as longer than the limit. Such a body can still be dropped.
    pub(crate) const fn new(head: &RequestHead<'_>, limit: u64) -> Self {
        let (incoming, allowance) = match head.body {
            BodyLength::Known(length) => (Incoming::Known(length), length),
            BodyLength::Chunked | BodyLength::UntilClose => (Incoming::Chunked(ChunkDecoder::new()), limit),
        };
        Self {
            incoming,
            outgoing: Outgoing::NotStarted,
            allowance,
            sent: 0,
            version: head.version,
            is_head: matches!(head.method, Method::Head),
            persists: head.persists(),
            client_closes: !head.persists(),
            awaits_continue: head.expects_continue(),
            upgrade: head.offers_upgrade(),
        }
    }

    /// The cycle of a request whose head was not understood, to frame the refusal. `head`: the request line on, or what there is of it. The
    /// connection does not persist, because the end of the request is unknown.
    #[must_use]
    pub fn refused(head: &[u8]) -> Self {
        Self {
            incoming: Incoming::Refused { long: false },
            outgoing: Outgoing::NotStarted,
            allowance: 0,
            sent: 0,
            version: Version::Http11,
            is_head: head.starts_with(b"HEAD "),
            persists: false,
            client_closes: false,
            awaits_continue: false,
            upgrade: false,
        }
    }

    /// Returns true if the whole body has been received.
    #[must_use]
    // Inlined, it is smaller than a call: 172 bytes of a device's flash.
    #[inline(always)]
    pub const fn body_is_done(&self) -> bool {
        match &self.incoming {
            Incoming::Known(left) => *left == 0,
            Incoming::Chunked(decoder) => decoder.is_done(),
            Incoming::Refused { .. } => false,
        }
    }

    /// Asks for the body. Returns true if 100 (Continue) has to be sent first. `arrived`: bytes of the body are
    /// buffered.
    ///
    /// # Errors
    /// [`Misuse::BodyDeclined`] if the final response was made while the client waited: it may never send the body.
    pub const fn want_body(&mut self, arrived: bool) -> Result<bool, Misuse> {
        if !self.awaits_continue || self.body_is_done() {
            return Ok(false);
        }
        if self.response_is_made() {
            return Err(Misuse::BodyDeclined);
        }
        self.awaits_continue = false;
        Ok(!arrived)
    }

    /// Decodes bytes of the body: returns how many it used, and the data among them.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`], and those of [`ChunkDecoder::decode`]. The connection does not persist.
    pub fn receive<'a>(&mut self, input: &'a [u8]) -> Result<ChunkStep<'a>, Rejection> {
        let step = match &mut self.incoming {
            Incoming::Known(left) => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= length as u64;
                Ok(ChunkStep { used: length, data: input.get(..length).unwrap_or(&[]) })
            }
            Incoming::Chunked(decoder) => decoder.decode(input),
            Incoming::Refused { long: true } => Err(Rejection::ContentTooLarge),
            Incoming::Refused { long: false } => Err(Rejection::BadChunk),
        };
        match step {
            Ok(step) => self.charge(step.data.len() as u64).map(|()| step),
            Err(rejection) => Err(self.refuse(rejection)),
        }
    }

    /// How many of the next bytes are certainly data, so that they can be read straight into the page's memory.
    #[must_use]
    pub const fn data_left(&self) -> u64 {
        match &self.incoming {
            Incoming::Known(left) => *left,
            Incoming::Chunked(decoder) => decoder.data_left(),
            Incoming::Refused { .. } => 0,
        }
    }

    /// Counts `count` bytes of data, at most [`Self::data_left`], that were read without [`Self::receive`].
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`].
    pub fn received_directly(&mut self, count: u64) -> Result<(), Rejection> {
        match &mut self.incoming {
            Incoming::Known(left) => *left = left.saturating_sub(count),
            Incoming::Chunked(decoder) => decoder.skip(count),
            Incoming::Refused { .. } => {}
        }
        self.charge(count)
    }

    /// Lowers the limit of the rest of the body.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] if the rest is known to be longer. It can still be dropped.
    pub fn limit_body(&mut self, limit: u64) -> Result<(), Rejection> {
        if let Incoming::Known(left) = self.incoming {
            return if left > limit { Err(Rejection::ContentTooLarge) } else { Ok(()) };
        }
        self.allowance = self.allowance.min(limit);
        Ok(())
    }

    /// Takes `count` bytes from what the limit allows.
    fn charge(&mut self, count: u64) -> Result<(), Rejection> {
        let allowance = self.allowance.checked_sub(count);
        self.allowance = allowance.ok_or_else(|| self.refuse(Rejection::ContentTooLarge))?;
        Ok(())
    }

    /// Refuses the body, now and at every later call.
    const fn refuse(&mut self, rejection: Rejection) -> Rejection {
        self.incoming = Incoming::Refused { long: matches!(rejection, Rejection::ContentTooLarge) };
        self.persists = false;
        rejection
    }

    /// Makes the final response, with a body of `length` bytes if that is known. `keep`: the transport allows the
    /// connection to persist. Returns what [`Self::head_end`] does.
    ///
    /// # Errors
    /// [`Misuse::SecondResponse`], [`Misuse::BadStatus`], [`Misuse::BodyForbidden`], [`Misuse::AfterLowLevel`].
    pub fn respond(
        &mut self,
        status: Status,
        length: Option<u64>,
        keep: bool,
    ) -> Result<(Option<BodyLength>, Option<ConnectionOption>), Misuse> {
        match self.outgoing {
            Outgoing::NotStarted => {}
            Outgoing::LowLevel => return Err(Misuse::AfterLowLevel),
            _ => return Err(Misuse::SecondResponse),
        }
        let switching = status == Status::SWITCHING_PROTOCOLS;
        // RFC 9110 section 7.8: the request ends in the protocol that it began in.
        let may_switch = self.upgrade && self.body_is_done();
        if !(if switching { may_switch } else { (200..600).contains(&status.code()) }) {
            return Err(Misuse::BadStatus);
        }
        // RFC 9110 section 15.3.6: 205 has a body, and it is empty.
        let empty = status == Status::RESET_CONTENT;
        if (status.is_bodiless() || empty) && length.is_some_and(|length| length > 0) {
            return Err(Misuse::BodyForbidden);
        }
        let length = if empty { Some(0) } else { length };
        // RFC 9110 section 10.1.1: a client that waits for 100 and gets a final response may send its body or not.
        self.persists &= keep && !switching && (!self.awaits_continue || self.body_is_done());
        self.outgoing = match length {
            _ if status.is_bodiless() => Outgoing::Known(0),
            Some(length) => Outgoing::Known(length),
            None if self.version == Version::Http11 => Outgoing::Chunked,
            None => Outgoing::UntilClose,
        };
        Ok(self.head_end(status))
    }

    /// The framing and the `Connection` field that the head of a response with this status has to state.
    #[must_use]
    pub fn head_end(&self, status: Status) -> (Option<BodyLength>, Option<ConnectionOption>) {
        let (mut framing, mut persists) = (None, self.persists);
        match self.outgoing {
            Outgoing::Known(left) if !status.is_bodiless() => {
                framing = Some(BodyLength::Known(left.wrapping_add(self.sent)));
            }
            Outgoing::Chunked => framing = Some(BodyLength::Chunked),
            Outgoing::UntilClose => (framing, persists) = (Some(BodyLength::UntilClose), false),
            _ => {}
        }
        // RFC 9110 section 7.8: a sender of Upgrade lists it in Connection; 426 has it (section 15.5.22).
        let connection = match (status, persists) {
            (Status::SWITCHING_PROTOCOLS, _) | (Status::UPGRADE_REQUIRED, true) => {
                Some(ConnectionOption::Upgrade)
            }
            (Status::UPGRADE_REQUIRED, false) => Some(ConnectionOption::UpgradeAndClose),
            (_, persists) => ConnectionOption::for_persistence(persists, self.version),
        };
        (framing, connection)
    }

    /// Ends the body of a response without a stated length: [`Self::head_end`] then states that of what has been sent. Not to
    /// HEAD if nothing has been sent: a page may skip its body then (RFC 9110 section 8.6).
    pub const fn know_length(&mut self) {
        let is_skipped = self.is_head && self.sent == 0;
        if matches!(self.outgoing, Outgoing::Chunked | Outgoing::UntilClose) && !is_skipped {
            self.outgoing = Outgoing::Known(0);
        }
    }

    /// Takes back the response, of which nothing has been written, so that another can be made.
    pub const fn retract(&mut self) {
        (self.outgoing, self.sent) = (Outgoing::NotStarted, 0);
    }

    /// Sends `count` bytes of body. Returns how to frame them.
    /// Errors, after which nothing may be sent: [`Misuse::SendBeforeResponse`], [`Misuse::BodyTooLong`], [`Misuse::AfterLowLevel`].
    pub fn send(&mut self, count: usize) -> Result<BodyFraming, Misuse> {
        let framing = match &mut self.outgoing {
            Outgoing::NotStarted => return Err(Misuse::SendBeforeResponse),
            Outgoing::LowLevel => return Err(Misuse::AfterLowLevel),
            Outgoing::Known(left) => {
                *left = left.checked_sub(count as u64).ok_or(Misuse::BodyTooLong)?;
                BodyFraming::Plain
            }
            Outgoing::Chunked => BodyFraming::Chunk,
            Outgoing::UntilClose => BodyFraming::Plain,
        };
        self.sent = self.sent.saturating_add(count as u64);
        Ok(if self.is_head { BodyFraming::Discard } else { framing })
    }

    /// How many more bytes of body may be written without framing: 0 if it is chunked or the request was HEAD.
    #[must_use]
    pub const fn plain_left(&self) -> u64 {
        match self.outgoing {
            Outgoing::Known(left) if !self.is_head => left,
            Outgoing::UntilClose if !self.is_head => u64::MAX,
            _ => 0,
        }
    }

    /// Ends the response, when the page has returned. Returns true if the last chunk has to be sent.
    ///
    /// # Errors
    /// [`Misuse::NoResponse`], [`Misuse::BodyTooShort`].
    pub const fn finish(&mut self) -> Result<bool, Misuse> {
        let is_chunked = matches!(self.outgoing, Outgoing::Chunked);
        match self.outgoing {
            Outgoing::NotStarted => return Err(Misuse::NoResponse),
            Outgoing::Known(left) if left > 0 && !self.is_head => return Err(Misuse::BodyTooShort),
            Outgoing::Chunked => self.outgoing = Outgoing::Known(0),
            Outgoing::UntilClose => self.persists = false,
            _ => {}
        }
        Ok(is_chunked && !self.is_head)
    }

    /// Returns true if a final response has been made.
    #[must_use]
    pub const fn response_is_made(&self) -> bool {
        !matches!(self.outgoing, Outgoing::NotStarted)
    }

    /// Returns true if every byte of the stated length has been sent; of a response to HEAD, if its length is stated.
    #[must_use]
    pub const fn response_is_whole(&self) -> bool {
        match self.outgoing {
            Outgoing::Known(left) => left == 0 || self.is_head,
            Outgoing::LowLevel => true,
            _ => false,
        }
    }

    /// How many bytes of body have been sent.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        if self.is_head { 0 } else { self.sent }
    }

    /// How many bytes of body the response has so far, to HEAD as to GET.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.sent
    }

    /// Ends the connection with this exchange.
    pub const fn close(&mut self) {
        self.persists = false;
    }

    /// Leaves HTTP: the bytes that follow are the page's own.
    pub const fn low_level(&mut self) {
        self.outgoing = Outgoing::LowLevel;
        self.persists = false;
    }

    /// Returns true if the page has left HTTP.
    #[must_use]
    pub const fn is_low_level(&self) -> bool {
        matches!(self.outgoing, Outgoing::LowLevel)
    }

    /// What becomes of the connection, when the response is complete.
    #[must_use]
    pub const fn after(&self) -> AfterExchange {
        match (self.persists, self.body_is_done()) {
            (false, true) if self.client_closes && !self.is_low_level() => AfterExchange::CloseAfterFlush,
            (false, _) => AfterExchange::Close,
            (true, false) => AfterExchange::Drain,
            (true, true) => AfterExchange::Keep,
        }
    }
}
