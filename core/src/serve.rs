//! Law: every request that has begun gets one answer, in order, or the connection ends; nothing behind a message that
//! was refused is ever taken for a request.

use core::future::Future;

use crate::connection::{Connection, Fault, Record, Transport};
use crate::cycle::{Cycle, Next};
use crate::details::RequestDetails;
use crate::error::{Error, Misuse, Rejection};
use crate::exchange::Exchange;
use crate::intake::{close, head};
use crate::output::flush;
use crate::refuse::refuse;
use crate::session::Session;
use crate::wire::{HeadParser, Method, RequestHead, Status};

/// How much of a body that the page has left unread is read and thrown away to keep the connection: 64 KB. With more to
/// come the connection is closed.
pub const DRAIN: usize = 64 * 1024;

/// A set of pages. One value serves all connections.
#[allow(async_fn_in_trait, reason = "as in `Connection`")]
pub trait Site {
    /// Answers one request: finds the page, and calls it. A page that fails before its answer has begun to leave is
    /// answered for: with the status of a [`Rejection`], or 500.
    ///
    /// # Errors
    /// What the connection's calls fail with, and [`Rejection::NotFound`] and its like.
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error>;
}

impl<S: Site> Site for &S {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        (**self).request_handler(details).await
    }
}

/// Why [`serve_until_idle`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// Everything that came has been answered, and nothing is buffered: the buffers may serve another connection until
    /// this one has something to read.
    Idle,
    /// The connection is over: drop it.
    Closed,
}

/// Serves a connection to its end. Returns when the peer has closed it, a message was refused, a phase took too long, or
/// keeping it was not agreed on; dropping the future ends it at any time.
///
/// # Errors
/// What the stream failed with.
pub fn serve<T: Transport, S: Site>(
    transport: &mut T,
    session: &mut Session<'_>,
    site: &S,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        while serve_until_idle(transport, session, site).await? == Served::Idle {}
        Ok(())
    }
}

/// Serves a connection from its first byte until it is idle or closed. Between calls a connection needs no buffer and no
/// future, only its transport.
///
/// # Errors
/// What the stream failed with. The connection is then over.
pub fn serve_until_idle<T: Transport, S: Site>(
    transport: &mut T,
    session: &mut Session<'_>,
    site: &S,
) -> impl Future<Output = Result<Served, Error<T::Error>>> {
    async move {
        loop {
            match turn(transport, session, site).await? {
                Turn::Over => return Ok(Served::Closed),
                Turn::Last => {
                    close(transport, session).await?;
                    return Ok(Served::Closed);
                }
                Turn::Next if session.unread().is_empty() => {
                    flush(transport, &mut session.output).await?;
                    return Ok(Served::Idle);
                }
                Turn::Next => {}
            }
        }
    }
}

/// What follows a request.
enum Turn {
    /// Another one, perhaps.
    Next,
    /// The end, said to the peer.
    Last,
    /// Nothing: the peer has gone.
    Over,
}

/// Waits for a request, and answers it or the lack of one.
fn turn<T: Transport, S: Site>(
    transport: &mut T,
    session: &mut Session<'_>,
    site: &S,
) -> impl Future<Output = Result<Turn, Error<T::Error>>> {
    async move {
        let (start, request_line, begun, input) = {
            // What is known of the head while it comes is not kept while the page works.
            let mut parser = HeadParser::request();
            let end = match head(transport, session, &mut parser).await {
                Ok(None) => return Ok(Turn::Over),
                Ok(Some(end)) => Ok(end),
                Err(Error::Rejection(rejection)) => Err(rejection),
                Err(error) => return Err(error),
            };
            let start = end.map_or(session.to, |end| session.from + end);
            let (front, input) = session.input.split_at_mut_checked(start).unwrap_or_default();
            let bytes = front.get(session.from..).unwrap_or(&[]);
            let begun = end.and_then(|_| begin(&parser, bytes, session.body_limit));
            (start, parser.start_line(bytes), begun, input)
        };
        let to_head = request_line.starts_with(b"HEAD ");
        let (fault, mut status, mut body_sent) = match begun {
            Err(rejection) => (Fault::Rejection(rejection), rejection.status(), 0),
            Ok((head, cycle)) => {
                let (status, output) = (Status::INTERNAL_SERVER_ERROR, &mut session.output);
                let to = session.to.saturating_sub(start);
                let mut exchange = Exchange { transport, cycle, output, input, from: 0, to, status };
                let mut result = {
                    let mut details =
                        RequestDetails::new(head, exchange.transport.peer_addr(), &mut exchange);
                    site.request_handler(&mut details).await
                };
                if result.is_ok() {
                    result = exchange.finish().await;
                }
                if exchange.output.is_broken() && !matches!(result, Err(Error::Io(_))) {
                    result = Err(Error::Closed);
                }
                let fault = result.as_ref().err().map(Fault::from);
                let (status, body_sent) = (exchange.status, exchange.cycle.sent());
                match fault {
                    Some(fault) if fault != Fault::Stream && !exchange.cycle.response_is_whole() => {
                        (fault, status, body_sent)
                    }
                    _ => {
                        exchange.output.commit();
                        exchange.transport.answered(&Record { request_line, status, body_sent, fault });
                        if let Err(error @ (Error::Io(_) | Error::Closed)) = result {
                            return Err(error);
                        }
                        let keep = match exchange.cycle.next() {
                            _ if fault.is_some() => false,
                            Next::Keep => true,
                            Next::Drain => exchange.drain(DRAIN).await?,
                            Next::Close => false,
                        };
                        let (from, to) = (exchange.from, exchange.to);
                        session.advance(start + from, start + to);
                        return Ok(if keep { Turn::Next } else { Turn::Last });
                    }
                }
            }
        };
        // An answer that has begun to leave can only be cut off; it is never padded.
        if session.output.roll_back() {
            (status, body_sent) = refuse(transport, &mut session.output, fault, to_head).await?;
            session.output.commit();
        }
        transport.answered(&Record { request_line, status, body_sent, fault: Some(fault) });
        Ok(Turn::Last)
    }
}

/// Answers for a page that will never return: its future was dropped because it panicked. The answers before it leave,
/// then 500 if nothing of its own has left, and the connection ends.
///
/// # Errors
/// What the stream failed with.
pub async fn abandon<T: Transport>(
    transport: &mut T,
    session: &mut Session<'_>,
) -> Result<(), Error<T::Error>> {
    last_word(transport, session, Fault::Misuse(Misuse::Panicked)).await
}

/// Answers a connection that is not to be served at all, [`Rejection::Busy`] for one, and ends it the polite way.
///
/// # Errors
/// What the stream failed with.
pub async fn turn_away<T: Transport>(
    transport: &mut T,
    session: &mut Session<'_>,
    rejection: Rejection,
) -> Result<(), Error<T::Error>> {
    last_word(transport, session, Fault::Rejection(rejection)).await
}

async fn last_word<T: Transport>(
    transport: &mut T,
    session: &mut Session<'_>,
    fault: Fault,
) -> Result<(), Error<T::Error>> {
    let mut parser = HeadParser::request();
    let unread = session.input.get(session.from..session.to).unwrap_or(&[]);
    // What is looked for is where the request line begins; whether the head is sound does not matter any more.
    let _ = parser.advance(unread);
    let request_line = parser.start_line(unread);
    let (mut status, mut body_sent) = (fault.status(), 0);
    if session.output.roll_back() {
        let to_head = request_line.starts_with(b"HEAD ");
        (status, body_sent) = refuse(transport, &mut session.output, fault, to_head).await?;
        session.output.commit();
    }
    transport.answered(&Record { request_line, status, body_sent, fault: Some(fault) });
    close(transport, session).await
}

/// The head, and the state that it begins.
fn begin<'a>(
    parser: &HeadParser,
    bytes: &'a [u8],
    limit: u64,
) -> Result<(RequestHead<'a>, Cycle), Rejection> {
    let head = parser.request_head(bytes)?;
    let cycle = Cycle::begin(&head, limit)?;
    match head.method {
        // RFC 9110 section 9.1. CONNECT is for proxies (section 9.3.6).
        Method::Other(_) | Method::Connect => Err(Rejection::NotImplemented),
        _ => Ok((head, cycle)),
    }
}
