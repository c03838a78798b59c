//! Law: whoever cannot be served is told so, in a status and one sentence, and then the connection ends.

use crate::connection::{Fault, Transport};
use crate::error::{Error, Rejection};
use crate::output::Output;
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

/// Stages the answer to a fault, and says how many bytes of body it has; none in answer to HEAD.
pub(crate) async fn refuse<T: Transport>(
    transport: &mut T,
    output: &mut Output<'_>,
    fault: Fault,
    to_head: bool,
) -> Result<u64, Error<T::Error>> {
    let status = fault.status();
    let code = status.digits();
    let body: [&[u8]; 11] = [
        b"<!doctype html>\n<meta charset=utf-8>\n<title>",
        &code,
        b" ",
        status.reason().as_bytes(),
        b"</title>\n<h1>",
        &code,
        b" ",
        status.reason().as_bytes(),
        b"</h1>\n",
        fault.reason().as_bytes(),
        b"\n",
    ];
    let length = body.iter().map(|part| part.len() as u64).sum();
    let html = ("Content-Type", "text/html; charset=utf-8");
    let (with_allow, plain);
    let headers = if let Fault::Rejection(Rejection::MethodNotAllowed(allow)) = fault {
        with_allow = [html, ("Allow", allow)];
        &with_allow[..]
    } else {
        plain = [html];
        &plain[..]
    };
    let (date, connection) = (transport.date(), Some(ConnectionOption::Close));
    let framing = Some(BodyLength::Known(length));
    output.head(transport, &HeadPlan { status, date: date.as_ref(), headers, framing, connection }).await?;
    if to_head {
        return Ok(0);
    }
    for part in body {
        output.plain(transport, part).await?;
    }
    Ok(length)
}
