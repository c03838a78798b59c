//! Refusing a request: rolls back its response, answers with a status and one sentence, commits and reports.
//! Invariant: a response of which a part has been written is cut off, never completed or padded. A refusal keeps the connection
//! exactly if the end of the request is certain.

use core::future::Future;

use super::exchange::{Exchange, MAX_DRAIN};
use super::io::{close, flush};
use super::more_fields::MoreFields;
use super::response_buffer::ResponseBuffer;
use super::state::ConnectionState;
use crate::cycle::{AfterExchange, BodyFraming, Cycle};
use crate::error::{Error, Fault, Misuse, Rejection};
use crate::page::{Connection, RequestDetails, Site};
use crate::record::ExchangeRecord;
use crate::transport::Transport;
use crate::wire::{ResponseHeadSpec, Status};

/// Answers a page that panicked, and whose future was therefore dropped: sends the responses before it, then 500 if
/// nothing of its own has been written, and closes the connection. Waits like [`serve`](crate::serve).
///
/// # Errors
/// What the stream failed with.
pub fn recover<T: Transport, S: Site>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    refuse_and_close(transport, state, site, Fault::Misuse(Misuse::Panicked))
}

/// Answers a connection that is not served at all, for example with [`Rejection::Busy`], and closes it with a lingering
/// close (RFC 9112 section 9.6). Waits like [`serve`](crate::serve).
///
/// # Errors
/// What the stream failed with.
pub fn reject<T: Transport>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    rejection: Rejection,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    refuse_and_close(transport, state, &NoSite, Fault::Rejection(rejection))
}

/// The site of a connection that is not served.
struct NoSite;

impl Site for NoSite {
    async fn request_handler<C: Connection>(&self, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
        Err(Rejection::NoRoute.into())
    }
}

fn refuse_and_close<T: Transport, S: Site>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
    fault: Fault,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        let length = state.input.unread().len();
        let (mut head, input) = state.input.split(length);
        // Empty lines may precede a request line (RFC 9112 section 2.2).
        while let [b'\r', b'\n', rest @ ..] = head {
            head = rest;
        }
        let mut exchange =
            Exchange::new(&mut *transport, site, &mut state.response, Cycle::refused(head), head, input);
        exchange.refuse(ExchangeRecord::new(head, exchange.status, 0, Some(fault))).await?;
        close(transport, state).await
    }
}

impl<T: Transport, S: Site> Exchange<'_, '_, T, S> {
    /// Replaces the response of a failed exchange by a refusal, if nothing of it has been written; then commits it, reports the
    /// exchange, and returns what becomes of the connection. Flushes earlier responses if the refusal does not fit behind them.
    pub(crate) fn refuse(
        &mut self,
        mut record: ExchangeRecord<'_>,
    ) -> impl Future<Output = Result<AfterExchange, Error<T::Error>>> {
        async move {
            if let Some(fault) = record.fault
                && self.response.roll_back()
            {
                let to_options = record.head.starts_with(b"OPTIONS ");
                // As it is, after a flush, without its page; then 500, and that without its page.
                let mut attempt = 0;
                loop {
                    let fault = if attempt < 3 { fault } else { Fault::Misuse(Misuse::HeadTooLarge) };
                    let has_page = !matches!(attempt, 2 | 4);
                    let (keep, date) = (self.transport.keep_alive(), self.transport.date());
                    let refusal = Refused { has_page, to_options };
                    let more = self.more_fields(Some(fault), attempt < 3);
                    if let Some(status) = stage(self.response, &mut self.cycle, &refusal, &more, keep, date) {
                        record.status = status;
                        record.fault = record.fault.filter(|_| status != Status::NO_CONTENT);
                        break;
                    }
                    match attempt {
                        0 => flush(self.transport, self.response).await?,
                        4 => return Err(Error::Closed),
                        _ => {}
                    }
                    attempt += 1;
                }
                record.body_sent = self.cycle.sent();
                self.response.commit();
            } else {
                self.cycle.close();
            }
            self.transport.on_response(&record);
            Ok(self.cycle.after())
        }
    }
}

/// What is refused, and how.
struct Refused {
    has_page: bool,
    /// The request was OPTIONS: the methods that are allowed are its answer, and no fault (RFC 9110 section 9.3.7).
    to_options: bool,
}

/// Stages a refusal whole, or changes nothing. Returns its status. Not inlined: what it has on the stack would be there at
/// every poll.
#[inline(never)]
fn stage<S: Site>(
    response: &mut ResponseBuffer<'_>,
    cycle: &mut Cycle,
    refusal: &Refused,
    more: &MoreFields<'_, S>,
    keep: bool,
    date: Option<[u8; 29]>,
) -> Option<Status> {
    let is_answer =
        refusal.to_options && matches!(more.fault, Some(Fault::Rejection(Rejection::MethodNotAllowed(_))));
    let (status, sentence) = if is_answer { (Status::NO_CONTENT, "") } else { more.answer() };
    let name = status.line();
    let page: [&[u8]; 7] = [
        b"<!doctype html>\n<meta charset=utf-8>\n<title>",
        name,
        b"</title>\n<h1>",
        name,
        b"</h1>\n",
        sentence.as_bytes(),
        b"\n",
    ];
    let is_page = status != Status::NO_CONTENT;
    let mut body = if refusal.has_page && is_page { &page[..] } else { &[] };
    let html = [("Content-Type", "text/html; charset=utf-8")];
    let headers = if is_page { &html[..] } else { &[] };
    let length = body.iter().map(|part| part.len()).sum();
    cycle.retract();
    // The rest of a body that is too long to be drained ends the connection: the head says so.
    let keep = keep && cycle.data_left() <= MAX_DRAIN as u64;
    let (framing, connection) = cycle.respond(status, Some(length as u64), keep).ok()?;
    if cycle.send(length).ok()? == BodyFraming::Discard {
        body = &[];
    }
    let head = ResponseHeadSpec { status, date: date.as_ref(), headers, framing, connection };
    response.stage(&head, more, body).ok()?;
    Some(status)
}
