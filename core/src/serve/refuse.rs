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

/// Answers a page that panicked, and whose future was therefore dropped: sends the responses before it, then 500 if
/// nothing of its own has been written, and closes the connection. Waits like [`serve`](crate::serve).
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
        let record = ExchangeRecord::new(head, Status::INTERNAL_SERVER_ERROR, 0, Some(fault));
        refuse(transport, &mut state.response, record).await?;
        close(transport, state).await
    }
}

/// Replaces the response of a failed exchange by a refusal, if nothing of it has been written; then commits it and reports the
/// exchange. Flushes earlier responses if the refusal does not fit behind them.
pub(crate) fn refuse<T: Transport>(
    transport: &mut T,
    response: &mut ResponseBuffer<'_>,
    mut record: ExchangeRecord<'_>,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        if let Some(fault) = record.fault
            && response.roll_back()
        {
            let is_head = record.head.starts_with(b"HEAD ");
            // As it is, after a flush, without its page; then 500, and that without its page.
            let mut attempt = 0;
            (record.status, record.body_sent) = loop {
                let fault = if attempt < 3 { fault } else { Fault::Misuse(Misuse::HeadTooLarge) };
                let has_page = !matches!(attempt, 2 | 4);
                if let Some(staged) = stage(response, fault, has_page, is_head, transport.date()) {
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
        transport.on_response(&record);
        Ok(())
    }
}

/// Stages a refusal whole, or changes nothing. Returns its status and the length of the body that is sent. Not inlined: what
/// it has on the stack would be there at every poll.
#[inline(never)]
fn stage(
    response: &mut ResponseBuffer<'_>,
    fault: Fault,
    has_page: bool,
    is_head: bool,
    date: Option<[u8; 29]>,
) -> Option<(Status, u64)> {
    let status = match fault {
        Fault::Rejection(rejection) => rejection.status(),
        _ => Status::INTERNAL_SERVER_ERROR,
    };
    let name = status.line();
    let sentence = match fault {
        Fault::Rejection(rejection) => rejection.reason(),
        _ => "This page failed.",
    };
    let html: [&[u8]; 7] = [
        b"<!doctype html>\n<meta charset=utf-8>\n<title>",
        name,
        b"</title>\n<h1>",
        name,
        b"</h1>\n",
        sentence.as_bytes(),
        b"\n",
    ];
    let html = if has_page { &html[..] } else { &[] };
    let body = if is_head { &[] } else { html };
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
