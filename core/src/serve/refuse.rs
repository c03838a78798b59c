//! Law: whoever cannot be served is told so, in a status and one sentence, and then the connection ends.

use super::response_buffer::{Output, flush};
use crate::error::{Error, Misuse, Rejection};
use crate::fault::Fault;
use crate::transport::Transport;
use crate::wire::{BodyLength, ConnectionOption, ResponseHeadSpec, Status};

/// Answers a fault, behind answers that may have to leave first; says with which status, and how many bytes of body. Where
/// there is no room for it, there may be for 500.
pub(crate) async fn refuse<T: Transport>(
    transport: &mut T,
    output: &mut Output<'_>,
    fault: Fault,
    to_head: bool,
) -> Result<(Status, u64), Error<T::Error>> {
    if let Some(answered) = stage(output, fault, Some(to_head), transport.date()) {
        return Ok(answered);
    }
    flush(transport, output).await?;
    let date = transport.date();
    for fault in [fault, Fault::Misuse(Misuse::HeadTooLarge)] {
        // A buffer that is too small for the page may do for the status alone.
        for to_head in [Some(to_head), None] {
            if let Some(answered) = stage(output, fault, to_head, date) {
                return Ok(answered);
            }
        }
    }
    Err(Error::Closed)
}

/// Stages an answer whole, or leaves everything as it was. `to_head`: is it to be without the body that its head states?
/// `None`: there is no body at all.
fn stage(
    output: &mut Output<'_>,
    fault: Fault,
    to_head: Option<bool>,
    date: Option<[u8; 29]>,
) -> Option<(Status, u64)> {
    let status = fault.status();
    let name = status.line();
    let page: [&[u8]; 7] = [
        b"<!doctype html>\n<meta charset=utf-8>\n<title>",
        name,
        b"</title>\n<h1>",
        name,
        b"</h1>\n",
        fault.reason().as_bytes(),
        b"\n",
    ];
    let page = if to_head.is_some() { &page[..] } else { &[] };
    let body = if to_head == Some(false) { page } else { &[] };
    let length = |parts: &[&[u8]]| parts.iter().map(|part| part.len()).sum::<usize>() as u64;
    let list;
    let mut headers = [("Content-Type", "text/html; charset=utf-8"), ("Allow", "")];
    let headers = match fault {
        Fault::Rejection(Rejection::MethodNotAllowed(allow)) => {
            list = allow.to_allow();
            headers[1].1 = &list;
            &headers[..]
        }
        _ => &headers[..1],
    };
    let (framing, connection) = (Some(BodyLength::Known(length(page))), Some(ConnectionOption::Close));
    let plan = ResponseHeadSpec { status, date: date.as_ref(), headers, framing, connection };
    output.stage(&plan, body).ok()?;
    Some((status, length(body)))
}
