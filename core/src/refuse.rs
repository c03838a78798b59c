//! Law: whoever cannot be served is told so, in a status and one sentence, and then the connection ends.

use crate::connection::{Fault, Transport};
use crate::error::{Error, Misuse, Rejection};
use crate::output::{Output, flush};
use crate::wire::{BodyLength, ConnectionOption, HeadPlan, Status};

impl Fault {
    /// The status of the answer to this fault.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Rejection(rejection) => rejection.status(),
            Self::Misuse(_) | Self::Stream => Status::INTERNAL_SERVER_ERROR,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Rejection(rejection) => rejection.reason(),
            Self::Misuse(_) | Self::Stream => "This page failed.",
        }
    }
}

/// Answers a fault, behind answers that may have to leave first; says with which status, and how many bytes of body. Where
/// it cannot be answered as it should (an `Allow` that is none), it is the page's.
pub(crate) async fn refuse<T: Transport>(
    transport: &mut T,
    output: &mut Output<'_>,
    fault: Fault,
    to_head: bool,
) -> Result<(Status, u64), Error<T::Error>> {
    if let Some(answered) = stage(output, fault, to_head, transport.date()) {
        return Ok(answered);
    }
    flush(transport, output).await?;
    let date = transport.date();
    let answers = [fault, Fault::Misuse(Misuse::BadHeader)];
    // A buffer that is too small for the page may do for the status alone.
    let mut short = answers.iter().filter_map(|fault| {
        stage(output, *fault, to_head, date).or_else(|| stage_parts(output, *fault, &[], true, date))
    });
    short.next().ok_or(Error::Closed)
}

fn stage(
    output: &mut Output<'_>,
    fault: Fault,
    to_head: bool,
    date: Option<[u8; 29]>,
) -> Option<(Status, u64)> {
    let status = fault.status();
    let code = status.digits();
    let name = status.reason().as_bytes();
    let body: [&[u8]; 9] = [
        b"<!doctype html>\n<meta charset=utf-8>\n<title>",
        &code,
        b" ",
        name,
        b"</title>\n<h1>",
        &code,
        b" ",
        name,
        b"</h1>\n",
    ];
    stage_parts(output, fault, &body, to_head, date)
}

/// Stages an answer whole, or leaves everything as it was.
fn stage_parts(
    output: &mut Output<'_>,
    fault: Fault,
    title: &[&[u8]],
    to_head: bool,
    date: Option<[u8; 29]>,
) -> Option<(Status, u64)> {
    let body = || {
        title.iter().copied().chain(if title.is_empty() {
            [&[][..]; 2]
        } else {
            [fault.reason().as_bytes(), b"\n"]
        })
    };
    let length = body().map(|part| part.len() as u64).sum();
    let mut headers = [("Content-Type", "text/html; charset=utf-8"), ("Allow", "")];
    let headers = match fault {
        Fault::Rejection(Rejection::MethodNotAllowed(allow)) => {
            headers[1].1 = allow;
            &headers[..]
        }
        _ => &headers[..1],
    };
    let (status, framing) = (fault.status(), Some(BodyLength::Known(length)));
    let connection = Some(ConnectionOption::Close);
    let plan = HeadPlan { status, date: date.as_ref(), headers, framing, connection };
    let fits = output.stage(&plan, body().take(if to_head { 0 } else { usize::MAX })).is_ok();
    fits.then_some((status, if to_head { 0 } else { length }))
}
