//! Law: one request, one final response, then the next. A request's body is read to its end or the connection ends
//! with it; a response carries exactly the body that its head has stated, or the connection is cut.
//!
//! This is a state machine without I/O: it is told what happens, and says what that means. A move out of order is
//! refused with a [`Misuse`] and changes nothing.

use crate::error::{Misuse, Rejection};
use crate::wire::{
    BodyLength, ChunkDecoder, ChunkStep, ConnectionOption, Method, RequestHead, Status, Version,
};

/// What is still to come of the request's body.
#[derive(Clone, Debug)]
enum Incoming {
    Known(u64),
    Chunked(ChunkDecoder),
    /// What has come was refused, as too long or as malformed: nobody knows where the body ends.
    Refused {
        long: bool,
    },
}

/// What is still to go of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outgoing {
    /// No response has been made.
    Waiting,
    /// This many bytes of body.
    Known(u64),
    Chunked,
    UntilClose,
    /// HTTP has ended on this connection.
    LowLevel,
}

/// What becomes of the connection when the exchange is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterExchange {
    /// The next request may come.
    Keep,
    /// First the rest of the body has to be read and thrown away.
    Drain,
    /// The connection ends here. The peer may have more under way.
    Close,
    /// The connection ends here, and the peer knew that before: it has said that this request is its last (RFC 9112 section 9.6).
    Leave,
}

/// How body bytes are to be framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFraming {
    /// As they are.
    Plain,
    /// As a chunk.
    Chunk,
    /// Not at all: the request was HEAD.
    Discard,
}

/// The state of one exchange: RFC 9112 sections 6, 9.3 and 9.6, RFC 9110 sections 9.3.2 and 10.1.1.
///
/// ```
/// use bantam::{Cycle, AfterExchange, BodyFraming};
/// use bantam::wire::{BodyLength, Status, request_head};
///
/// let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
/// let mut cycle = Cycle::begin(&head, u64::MAX)?;
/// assert_eq!(cycle.respond(Status::OK, None, true).unwrap().0, Some(BodyLength::Chunked));
/// assert_eq!(cycle.send(5), Ok(BodyFraming::Chunk));
/// assert_eq!(cycle.finish(), Ok(true)); // the last chunk is due
/// assert_eq!(cycle.after(), AfterExchange::Keep);
/// # Ok::<(), bantam::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cycle {
    incoming: Incoming,
    outgoing: Outgoing,
    /// How much more body the limit allows.
    allowance: u64,
    /// Body bytes that have been framed.
    sent: u64,
    version: Version,
    to_head: bool,
    persists: bool,
    /// The client has said that this request is its last.
    last: bool,
    /// The client waits for 100 (Continue) and has not been told.
    awaited: bool,
    upgrade: bool,
}

impl Cycle {
    /// A request head has been read. `limit`: the longest body that is taken, in bytes, decoded.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] where the stated length is beyond the limit.
    pub const fn begin(head: &RequestHead<'_>, limit: u64) -> Result<Self, Rejection> {
        let incoming = match head.body {
            BodyLength::Known(length) if length > limit => return Err(Rejection::ContentTooLarge),
            BodyLength::Known(length) => Incoming::Known(length),
            BodyLength::Chunked | BodyLength::UntilClose => Incoming::Chunked(ChunkDecoder::new()),
        };
        Ok(Self {
            incoming,
            outgoing: Outgoing::Waiting,
            allowance: limit,
            sent: 0,
            version: head.version,
            to_head: matches!(head.method, Method::Head),
            persists: head.persists(),
            last: !head.persists(),
            awaited: head.expects_continue(),
            upgrade: head.offers_upgrade(),
        })
    }

    /// Has the whole body been received?
    #[must_use]
    pub const fn body_is_done(&self) -> bool {
        match &self.incoming {
            Incoming::Known(left) => *left == 0,
            Incoming::Chunked(decoder) => decoder.is_done(),
            Incoming::Refused { .. } => false,
        }
    }

    /// The page asks for the body. `true`: 100 (Continue) is to be sent first. `arrived`: bytes of it are there, so the
    /// client has not waited.
    ///
    /// # Errors
    /// [`Misuse::BodyDeclined`] where the final response has been made while the client waited: it may never send the
    /// body.
    pub const fn ask(&mut self, arrived: bool) -> Result<bool, Misuse> {
        if !self.awaited || self.body_is_done() {
            return Ok(false);
        }
        if self.response_is_made() {
            return Err(Misuse::BodyDeclined);
        }
        self.awaited = false;
        Ok(!arrived)
    }

    /// Bytes of the body have come; which of them are data?
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`], or what [`ChunkDecoder::decode`] refuses. The connection cannot go on.
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
            Ok(step) => self.allow(step.data.len() as u64).map(|()| step),
            Err(rejection) => Err(self.refuse(rejection)),
        }
    }

    /// How many of the next bytes are data for sure, so that they can be read straight into the page's memory.
    #[must_use]
    pub const fn data_left(&self) -> u64 {
        match &self.incoming {
            Incoming::Known(left) => *left,
            Incoming::Chunked(decoder) => decoder.data_left(),
            Incoming::Refused { .. } => 0,
        }
    }

    /// `count` bytes, at most [`Self::data_left`], were read past [`Self::receive`].
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`].
    pub fn passed(&mut self, count: u64) -> Result<(), Rejection> {
        match &mut self.incoming {
            Incoming::Known(left) => *left = left.saturating_sub(count),
            Incoming::Chunked(decoder) => decoder.skip(count),
            Incoming::Refused { .. } => {}
        }
        self.allow(count)
    }

    fn allow(&mut self, count: u64) -> Result<(), Rejection> {
        match self.allowance.checked_sub(count) {
            Some(allowance) => {
                self.allowance = allowance;
                Ok(())
            }
            None => Err(self.refuse(Rejection::ContentTooLarge)),
        }
    }

    /// From now on the body is refused, whoever asks for it again.
    const fn refuse(&mut self, rejection: Rejection) -> Rejection {
        self.incoming = Incoming::Refused { long: matches!(rejection, Rejection::ContentTooLarge) };
        self.persists = false;
        rejection
    }

    /// The page makes its response, with a body of `length` or of one not yet known. `keep`: may the connection go on?
    /// Says what the head has to state.
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
            Outgoing::Waiting => {}
            Outgoing::LowLevel => return Err(Misuse::AfterLowLevel),
            _ => return Err(Misuse::SecondResponse),
        }
        let switching = status == Status::SWITCHING_PROTOCOLS;
        // RFC 9110 section 7.8: the request ends in the protocol that it began in.
        let fitting =
            if switching { self.upgrade && self.body_is_done() } else { (200..600).contains(&status.code()) };
        if !fitting {
            return Err(Misuse::BadStatus);
        }
        // RFC 9110 section 15.3.6: 205 has a body, and it is empty.
        let empty = status == Status::RESET_CONTENT;
        if (status.is_bodiless() || empty) && length.is_some_and(|length| length > 0) {
            return Err(Misuse::BodyForbidden);
        }
        let length = if empty { Some(0) } else { length };
        // A client that waits for 100 and gets a final answer may send its body or not: nobody can tell.
        self.persists &= keep && !switching && (!self.awaited || self.body_is_done());
        let framing = if status.is_bodiless() {
            self.outgoing = Outgoing::Known(0);
            None
        } else {
            self.outgoing = match (length, self.version) {
                (Some(length), _) => Outgoing::Known(length),
                (None, Version::Http11) => Outgoing::Chunked,
                (None, Version::Http10) => Outgoing::UntilClose,
            };
            Some(match self.outgoing {
                Outgoing::Known(length) => BodyLength::Known(length),
                Outgoing::Chunked => BodyLength::Chunked,
                _ => {
                    self.persists = false;
                    BodyLength::UntilClose
                }
            })
        };
        // RFC 9110 section 7.8: whoever sends Upgrade names it; with 426 a server has to (section 15.5.22).
        let connection = match (status, self.persists) {
            (Status::SWITCHING_PROTOCOLS, _) | (Status::UPGRADE_REQUIRED, true) => {
                Some(ConnectionOption::Upgrade)
            }
            (Status::UPGRADE_REQUIRED, false) => Some(ConnectionOption::UpgradeAndClose),
            (_, persists) => ConnectionOption::for_persistence(persists, self.version),
        };
        Ok((framing, connection))
    }

    /// The head of the response that was just made could not be written: there is none.
    pub const fn retract(&mut self) {
        self.outgoing = Outgoing::Waiting;
    }

    /// The page sends `count` bytes of body.
    ///
    /// # Errors
    /// [`Misuse::SendBeforeResponse`], [`Misuse::BodyTooLong`] (none of the bytes is to be sent),
    /// [`Misuse::AfterLowLevel`].
    pub fn send(&mut self, count: usize) -> Result<BodyFraming, Misuse> {
        let payload = match &mut self.outgoing {
            Outgoing::Waiting => return Err(Misuse::SendBeforeResponse),
            Outgoing::LowLevel => return Err(Misuse::AfterLowLevel),
            Outgoing::Known(left) => {
                *left = left.checked_sub(count as u64).ok_or(Misuse::BodyTooLong)?;
                BodyFraming::Plain
            }
            Outgoing::Chunked => BodyFraming::Chunk,
            Outgoing::UntilClose => BodyFraming::Plain,
        };
        if self.to_head {
            return Ok(BodyFraming::Discard);
        }
        self.sent = self.sent.saturating_add(count as u64);
        Ok(payload)
    }

    /// How many bytes of body may leave as they are and past the response buffer: none where they are framed, or not wanted.
    #[must_use]
    pub const fn plain_left(&self) -> u64 {
        match self.outgoing {
            Outgoing::Known(left) if !self.to_head => left,
            Outgoing::UntilClose if !self.to_head => u64::MAX,
            _ => 0,
        }
    }

    /// The page has returned. `true`: the chunk that ends the body is due.
    ///
    /// # Errors
    /// [`Misuse::NoResponse`], [`Misuse::BodyTooShort`].
    pub const fn finish(&mut self) -> Result<bool, Misuse> {
        match self.outgoing {
            Outgoing::Waiting => Err(Misuse::NoResponse),
            Outgoing::Known(left) if left > 0 && !self.to_head => Err(Misuse::BodyTooShort),
            Outgoing::Chunked => {
                self.outgoing = Outgoing::Known(0);
                Ok(!self.to_head)
            }
            _ => Ok(false),
        }
    }

    /// Has a final response been made?
    #[must_use]
    pub const fn response_is_made(&self) -> bool {
        !matches!(self.outgoing, Outgoing::Waiting)
    }

    /// Has every byte of the response's stated length been sent?
    #[must_use]
    pub const fn response_is_whole(&self) -> bool {
        matches!(self.outgoing, Outgoing::Known(0) | Outgoing::LowLevel)
            || self.to_head && self.response_is_made()
    }

    /// How many bytes of body have been sent.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// The connection ends with this exchange.
    pub const fn close(&mut self) {
        self.persists = false;
    }

    /// HTTP ends on this connection: what follows is the page's own.
    pub const fn low_level(&mut self) {
        self.outgoing = Outgoing::LowLevel;
        self.persists = false;
    }

    /// Has HTTP ended?
    #[must_use]
    pub const fn is_low_level(&self) -> bool {
        matches!(self.outgoing, Outgoing::LowLevel)
    }

    /// What becomes of the connection.
    #[must_use]
    pub const fn after(&self) -> AfterExchange {
        match (self.persists, self.body_is_done()) {
            (false, true) if self.last && !self.is_low_level() => AfterExchange::Leave,
            (false, _) => AfterExchange::Close,
            (true, false) => AfterExchange::Drain,
            (true, true) => AfterExchange::Keep,
        }
    }
}
