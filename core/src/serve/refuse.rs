//! Refusing a request: rolls back its response, answers with a status and one sentence, commits and reports.
//! Invariant: a response of which a part has been written is cut off, never completed or padded.

use core::future::Future;

use super::io::{close, flush};
use super::response_buffer::ResponseBuffer;
use super::state::ConnectionState;
use crate::error::{Error, Misuse, Rejection};
use crate::record::{ExchangeRecord, Fault};
use crate::transport::Transport;
use crate::wire::{BodyLength, ConnectionOption, ResponseHeadSpec, Status};

/// An exchange that failed, with what its own response has sent so far.
#[derive(Clone, Copy)]
pub(crate) struct Failure<'a> {
    /// The request, as far as it was received.
    pub(crate) head: &'a [u8],
    pub(crate) fault: Fault,
    /// Reported if the response can no longer be rolled back.
    pub(crate) status: Status,
    pub(crate) body_sent: u64,
}

impl<'a> Failure<'a> {
    /// A failure before any response.
    pub(crate) const fn before_response(fault: Fault, head: &'a [u8]) -> Self {
        Self { head, fault, status: Status::INTERNAL_SERVER_ERROR, body_sent: 0 }
    }
}

/// What is staged of the page that explains a refusal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Whole,
    /// For HEAD: only its length.
    Length,
    /// For a buffer that is too small for it.
    Omitted,
}

/// Answers a page that panicked, and whose future was therefore dropped: sends the responses before it, then 500 if nothing
/// of its own has been written, and closes the connection. Waits like [`serve`](crate::serve).
///
/// # Errors
/// What the stream failed with.
pub fn recover<T: Transport>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    refuse_and_close(transport, state, Fault::Misuse(Misuse::Panicked))
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
    refuse_and_close(transport, state, Fault::Rejection(rejection))
}

fn refuse_and_close<T: Transport>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    fault: Fault,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        let mut head = state.input.unread();
        // Empty lines may precede a request line (RFC 9112 section 2.2).
        while let [b'\r', b'\n', rest @ ..] = head {
            head = rest;
        }
        refuse(transport, &mut state.response, Failure::before_response(fault, head)).await?;
        close(transport, state).await
    }
}

/// Replaces the current response by a refusal, if nothing of it has been written; then commits it and reports the exchange.
/// Flushes earlier responses if the refusal does not fit behind them.
pub(crate) fn refuse<T: Transport>(
    transport: &mut T,
    response: &mut ResponseBuffer<'_>,
    failure: Failure<'_>,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        let Failure { head, fault, mut status, mut body_sent } = failure;
        if response.roll_back() {
            let page = if head.starts_with(b"HEAD ") { Page::Length } else { Page::Whole };
            // As it is, after a flush, without its page; then 500, and that without its page.
            let mut attempt = 0;
            (status, body_sent) = loop {
                let fault = if attempt < 3 { fault } else { Fault::Misuse(Misuse::HeadTooLarge) };
                let page = if matches!(attempt, 2 | 4) { Page::Omitted } else { page };
                if let Some(staged) = stage(response, fault, page, transport.date()) {
                    break staged;
                }
                match attempt {
                    0 => flush(transport, response).await?,
                    4 => return Err(Error::Closed),
                    _ => {}
                }
                attempt += 1;
            };
            response.commit();
        }
        transport.on_response(&ExchangeRecord { head, status, body_sent, fault: Some(fault) });
        Ok(())
    }
}

/// Stages a refusal whole, or changes nothing. Returns its status and the length of the body that is sent. Not inlined: what
/// it has on the stack would be there at every poll.
#[inline(never)]
fn stage(
    response: &mut ResponseBuffer<'_>,
    fault: Fault,
    page: Page,
    date: Option<[u8; 29]>,
) -> Option<(Status, u64)> {
    let status = fault.status();
    let name = status.line();
    let html: [&[u8]; 7] = [
        b"<!doctype html>\n<meta charset=utf-8>\n<title>",
        name,
        b"</title>\n<h1>",
        name,
        b"</h1>\n",
        fault.reason().as_bytes(),
        b"\n",
    ];
    let html = if page == Page::Omitted { &[] } else { &html[..] };
    let body = if page == Page::Whole { html } else { &[] };
    let length = |parts: &[&[u8]]| parts.iter().map(|part| part.len()).sum::<usize>() as u64;
    let allow;
    let mut headers = [("Content-Type", "text/html; charset=utf-8"), ("Allow", "")];
    let headers = match fault {
        Fault::Rejection(Rejection::MethodNotAllowed(methods)) => {
            allow = methods.to_allow();
            headers[1].1 = &allow;
            &headers[..]
        }
        _ => &headers[..1],
    };
    let (framing, connection) = (Some(BodyLength::Known(length(html))), Some(ConnectionOption::Close));
    let head = ResponseHeadSpec { status, date: date.as_ref(), headers, framing, connection };
    response.stage(&head, body).ok()?;
    Some((status, length(body)))
}
