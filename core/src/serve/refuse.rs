//! Refusing a request: rolls back its response, answers with a status and one sentence, commits and reports.
//! Invariant: a response of which a part has been written is cut off, never completed or padded. A refusal keeps the connection
//! exactly if the end of the request is certain.

use core::future::Future;

use super::exchange::{Exchange, MAX_DRAIN};
use super::io::{close, flush};
#[cfg(feature = "problem-json")]
use super::problem::{self, Accepted};
use super::state::ConnectionState;
use crate::cycle::{BodyFraming, Cycle};
use crate::error::{Error, Fault, Misuse, Rejection};
use crate::page::{Connection, RequestDetails, Response, Site};
use crate::persistence::AfterExchange;
use crate::record::ExchangeRecord;
use crate::refusal::Refusal;
use crate::transport::Transport;
use crate::wire::Status;

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

/// The page, before its title and between that and its heading: light or dark as the client prefers, and as wide as its window. Each
/// byte is flash of every device.
const PLAIN: [&[u8]; 2] = [
    b"<!doctype html><html lang=en style=\"color-scheme:light dark;font:1em system-ui;margin:9%\">\
    <meta name=viewport content=width=device-width><title>",
    b"</title><h1>",
];
/// The same in the colours of the site, in a frame.
#[cfg(feature = "problem-json")]
const STYLED: [&[u8]; 2] = [
    b"<!doctype html><html lang=en style=\"color-scheme:light dark;font:1em system-ui;\
    background:light-dark(#fdf9f3,#1d1a18)\"><meta name=viewport content=width=device-width><title>",
    b"</title><body style=\"margin:20vh max(1em,50% - 17em);padding:1em 2em;border:1px solid #8886;border-radius:1em\"><h1>",
];

/// The last attempt at a refusal as it is, and the last one at all.
#[cfg(feature = "problem-json")]
const ATTEMPTS: [u8; 2] = [3, 6];
#[cfg(not(feature = "problem-json"))]
const ATTEMPTS: [u8; 2] = [2, 4];

/// The page of an attempt at a refusal, the first that fits; `None` for a response without a body. The first form is tried twice: behind
/// earlier responses, and without them.
const fn form(attempt: u8) -> Option<[&'static [u8]; 2]> {
    #[cfg(feature = "problem-json")]
    return match attempt {
        0 | 1 | 4 => Some(STYLED),
        2 | 5 => Some(PLAIN),
        _ => None,
    };
    #[cfg(not(feature = "problem-json"))]
    match attempt {
        2 | 4 => None,
        _ => Some(PLAIN),
    }
}

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
    /// The refusal of the page, if that is what is responded to: the page may have returned another error.
    pub(crate) fn refusal(&self) -> Option<&'static Refusal> {
        self.refusal.filter(|refusal| self.refused == Rejection::with(refusal.status).map(Fault::Rejection))
    }

    /// The status and the sentence of the response to `fault`. To OPTIONS the methods that are allowed are the answer, and no fault (RFC
    /// 9110 section 9.3.7).
    fn answer(&self, fault: Fault) -> (Status, &'static str) {
        match (self.refusal(), fault) {
            (Some(refusal), _) => (refusal.status, refusal.reason),
            (_, Fault::Rejection(Rejection::MethodNotAllowed(_))) if self.head.starts_with(b"OPTIONS ") => {
                (Status::NO_CONTENT, "")
            }
            (_, Fault::Rejection(rejection)) => (rejection.status(), rejection.reason()),
            _ => (Status::INTERNAL_SERVER_ERROR, "This page failed."),
        }
    }

    /// Takes back the response of an exchange that has failed, and returns what the site has to respond to; `None` if the core
    /// responds, because the site has been asked already or the answer has no body, or if a part of the response has been written.
    pub(crate) fn ask_site<R>(
        &mut self,
        concluded: &Result<R, ExchangeRecord<'_>>,
    ) -> Option<(Status, &'static str)> {
        let Err(ExchangeRecord { fault: Some(fault), .. }) = concluded else { return None };
        if self.refused.is_some() || !self.response.roll_back() {
            return None;
        }
        self.cycle.retract();
        self.refused = Some(*fault);
        Some(self.answer(*fault)).filter(|(status, _)| *status != Status::NO_CONTENT)
    }

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
                // As it is, after a flush, in a shorter form; then 500 without the fields of the site, in each form.
                let mut attempt = 0;
                while !self.stage_refusal(fault, attempt) {
                    match attempt {
                        0 => flush(self.transport, self.response).await?,
                        last if last == ATTEMPTS[1] => return Err(Error::Closed),
                        _ => {}
                    }
                    attempt += 1;
                }
                record.status = self.status;
                record.fault = record.fault.filter(|_| self.status != Status::NO_CONTENT);
                record.body_sent = self.cycle.sent();
                self.response.commit();
            } else {
                self.cycle.close();
            }
            self.transport.on_response(&record);
            Ok(self.cycle.after())
        }
    }

    /// Stages the response to a fault whole, or changes nothing and returns false. Not inlined: what it has on the stack would be there at
    /// every poll.
    #[inline(never)]
    fn stage_refusal(&mut self, fault: Fault, attempt: u8) -> bool {
        let is_as_it_is = attempt <= ATTEMPTS[0];
        let fault = if is_as_it_is { fault } else { Fault::Misuse(Misuse::HeadTooLarge) };
        self.refused = Some(fault);
        let (status, sentence) = self.answer(fault);
        let name = status.line();
        #[cfg(feature = "problem-json")]
        let digits = status.digits();
        #[cfg(feature = "problem-json")]
        let name = if name.is_empty() { &digits } else { name };
        let form = form(attempt);
        let [front, middle] = form.unwrap_or(PLAIN);
        let mut page: &[&[u8]] = &[
            front,
            name,
            middle,
            name,
            b"</h1><p>",
            sentence.as_bytes(),
            #[cfg(feature = "problem-json")]
            b"\n",
        ];
        let mut headers = &[HTML][..];
        if form.is_none() || status == Status::NO_CONTENT {
            page = &[];
        }
        #[cfg(feature = "problem-json")]
        if !page.is_empty() {
            match Accepted::of(self.head) {
                Accepted::Unknown => {}
                Accepted::Html => headers = &[HTML, ("Vary", "Accept")],
                Accepted::Json => {
                    let pieces = problem::pieces(&digits, status, sentence);
                    return self.stage_page(status, problem::FIELDS, pieces, is_as_it_is);
                }
            }
        }
        if status == Status::NO_CONTENT {
            headers = &[];
        }
        self.stage_page(status, headers, page.iter().copied(), is_as_it_is)
    }

    /// Stages a refusal with this page whole, or changes nothing and returns false. `of_site`: with the fields of the site.
    fn stage_page<'p>(
        &mut self,
        status: Status,
        headers: &[(&str, &str)],
        page: impl Iterator<Item = &'p [u8]> + Clone,
        of_site: bool,
    ) -> bool {
        let length = page.clone().map(<[u8]>::len).sum();
        self.cycle.retract();
        // The rest of a body that is too long to be drained ends the connection: the head says so.
        if self.cycle.data_left() > MAX_DRAIN as u64 {
            self.cycle.close();
        }
        let response = Response::new(status).headers(headers).length(length as u64);
        if self.stage(&response, of_site) != Ok(true) {
            return false;
        }
        if self.cycle.send(length) == Ok(BodyFraming::Discard) {
            return true;
        }
        if self.response.free(BodyFraming::Plain).len() < length {
            return !self.response.roll_back();
        }
        for mut part in page {
            self.response.stage_body(BodyFraming::Plain, &mut part);
        }
        true
    }
}
