//! Law: every request that has begun gets one answer, in order, or the connection ends; nothing behind a message that
//! was refused is ever taken for a request.

use core::future::Future;

use super::exchange::Exchange;
use super::receive::{close, head};
use super::refuse::refuse;
use super::response_buffer::flush;
use super::state::ConnectionState;
use crate::cycle::{AfterExchange, Cycle};
use crate::error::{Error, Misuse, Rejection};
use crate::fault::Fault;
use crate::page::{Connection, RequestDetails};
use crate::record::ExchangeRecord;
use crate::transport::Transport;
use crate::wire::{HeadParser, Method, RequestHead, Status, Uri};

/// How much of a body that the page has left unread is read and thrown away to keep the connection: 64 KB. With more to
/// come the connection is closed.
pub const MAX_DRAIN: usize = 64 * 1024;

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

    /// Is there anything at this path? So that one site can stand before another, which has what the first has not.
    /// Default: whatever is asked for is answered here, be it with 404.
    fn knows(&self, uri: &Uri<'_>) -> bool {
        let _ = uri;
        true
    }
}

impl<S: Site> Site for &S {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        (**self).request_handler(details).await
    }

    fn knows(&self, uri: &Uri<'_>) -> bool {
        (**self).knows(uri)
    }
}

/// Why [`serve_until_idle`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
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
    session: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    conversation(transport, session, site)
}

/// Serves a connection from its first byte until it is idle or closed. Between calls a connection needs no buffer and no
/// future, only its transport.
///
/// # Errors
/// What the stream failed with. The connection is then over.
pub fn serve_until_idle<T: Transport, S: Site>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<Outcome, Error<T::Error>>> {
    conversation(transport, session, site)
}

/// What a conversation ends with. A type of its own for each way to serve, so that neither is a future around the other's:
/// every layer would cost each connection its arguments.
trait End: Copy {
    /// Between requests, with nothing in the buffers, the conversation ends with this; `None` if it goes on.
    const IDLE: Option<Self>;
    /// The connection is over.
    const CLOSED: Self;
}

impl End for () {
    const IDLE: Option<Self> = None;
    const CLOSED: Self = ();
}

impl End for Outcome {
    const IDLE: Option<Self> = Some(Self::Idle);
    const CLOSED: Self = Self::Closed;
}

/// What follows a request.
enum Turn {
    /// Another one, perhaps.
    AfterExchange,
    /// The end, said to the peer.
    Last,
}

/// Answers requests, or the lack of one.
fn conversation<T: Transport, S: Site, E: End>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<E, Error<T::Error>>> {
    async move {
        loop {
            let turn = 'turn: {
                let (bytes, begun, input, to) = {
                    // What is known of the head while it comes is not kept while the page works.
                    let mut parser = HeadParser::request();
                    let end = match head(transport, session, &mut parser).await {
                        Ok(None) => return Ok(E::CLOSED),
                        Ok(Some(end)) => Ok(end),
                        Err(Error::Rejection(rejection)) => Err(rejection),
                        Err(error) => return Err(error),
                    };
                    let start = end.map_or(session.to, |end| session.from + end);
                    let (front, input) = session.input.split_at_mut_checked(start).unwrap_or_default();
                    let bytes = front.get(session.from..).unwrap_or(&[]);
                    let begun =
                        end.and_then(|_| begin(&parser, bytes, session.body_limit, transport.is_secure()));
                    (
                        bytes.get(parser.line_start..).unwrap_or(&[]),
                        begun,
                        input,
                        session.to.saturating_sub(start),
                    )
                };
                let (fault, mut status, mut body_sent) = match begun {
                    Err(rejection) => (Fault::Rejection(rejection), rejection.status(), 0),
                    Ok((head, cycle)) => {
                        let (status, output) = (Status::INTERNAL_SERVER_ERROR, &mut session.output);
                        let mut exchange = Exchange { transport, cycle, output, input, from: 0, to, status };
                        let outcome = {
                            let page = {
                                let mut details =
                                    RequestDetails::new(head, exchange.transport.peer_addr(), &mut exchange);
                                site.request_handler(&mut details).await
                            };
                            let answer = exchange.finish(page).await;
                            settle(&mut exchange, answer, bytes)?
                        };
                        match outcome {
                            Err(failure) => failure,
                            Ok(next) => {
                                let keep = match next {
                                    AfterExchange::Keep => true,
                                    AfterExchange::Drain => exchange.drain(MAX_DRAIN).await?,
                                    AfterExchange::Close => false,
                                    // Nothing that comes could turn the answer into a reset.
                                    AfterExchange::Leave if exchange.from == exchange.to => {
                                        flush(transport, &mut session.output).await?;
                                        return Ok(E::CLOSED);
                                    }
                                    AfterExchange::Leave => false,
                                };
                                let (from, to, rest) = (exchange.from, exchange.to, exchange.input.len());
                                let start = session.input.len().saturating_sub(rest);
                                session.advance(start + from, start + to);
                                break 'turn if keep { Turn::AfterExchange } else { Turn::Last };
                            }
                        }
                    }
                };
                // An answer that has begun to leave can only be cut off; it is never padded.
                if session.output.roll_back() {
                    let to_head = bytes.starts_with(b"HEAD ");
                    (status, body_sent) = refuse(transport, &mut session.output, fault, to_head).await?;
                    session.output.commit();
                }
                transport.on_response(&ExchangeRecord { head: bytes, status, body_sent, fault: Some(fault) });
                Turn::Last
            };
            match turn {
                Turn::Last => {
                    close(transport, session).await?;
                    return Ok(E::CLOSED);
                }
                Turn::AfterExchange if session.unread().is_empty() => {
                    if let Some(idle) = E::IDLE {
                        flush(transport, &mut session.output).await?;
                        return Ok(idle);
                    }
                }
                Turn::AfterExchange => {}
            }
        }
    }
}

/// The page has returned: what becomes of the connection; or what went wrong, while the peer can still be told or has to be
/// cut off.
///
/// # Errors
/// What the stream failed with.
#[allow(clippy::type_complexity, reason = "two ends of one function, each taken apart at once")]
fn settle<T: Transport>(
    exchange: &mut Exchange<'_, '_, T>,
    mut result: Result<(), Error<T::Error>>,
    head: &[u8],
) -> Result<Result<AfterExchange, (Fault, Status, u64)>, Error<T::Error>> {
    if exchange.output.is_broken() && !matches!(result, Err(Error::Io(_))) {
        result = Err(Error::Closed);
    }
    let fault = result.as_ref().err().map(Fault::from);
    let (status, body_sent) = (exchange.status, exchange.cycle.sent());
    match fault {
        Some(fault) if fault != Fault::Stream && !exchange.cycle.response_is_whole() => {
            return Ok(Err((fault, status, body_sent)));
        }
        _ => {}
    }
    exchange.output.commit();
    exchange.transport.on_response(&ExchangeRecord { head, status, body_sent, fault });
    match result {
        Err(error @ (Error::Io(_) | Error::Closed)) => Err(error),
        Err(_) => Ok(Ok(AfterExchange::Close)),
        Ok(()) => Ok(Ok(exchange.cycle.after())),
    }
}

/// Answers for a page that will never return: its future was dropped because it panicked. The answers before it leave,
/// then 500 if nothing of its own has left, and the connection ends.
///
/// # Errors
/// What the stream failed with.
pub async fn recover<T: Transport>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
) -> Result<(), Error<T::Error>> {
    last_word(transport, session, Fault::Misuse(Misuse::Panicked)).await
}

/// Answers a connection that is not to be served at all, [`Rejection::Busy`] for one, and ends it the polite way.
///
/// # Errors
/// What the stream failed with.
pub async fn reject<T: Transport>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
    rejection: Rejection,
) -> Result<(), Error<T::Error>> {
    last_word(transport, session, Fault::Rejection(rejection)).await
}

async fn last_word<T: Transport>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
    fault: Fault,
) -> Result<(), Error<T::Error>> {
    let mut bytes = session.input.get(session.from..session.to).unwrap_or(&[]);
    // The empty lines that may precede a request line.
    while let [b'\r', b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    let (mut status, mut body_sent) = (fault.status(), 0);
    if session.output.roll_back() {
        let to_head = bytes.starts_with(b"HEAD ");
        (status, body_sent) = refuse(transport, &mut session.output, fault, to_head).await?;
        session.output.commit();
    }
    transport.on_response(&ExchangeRecord { head: bytes, status, body_sent, fault: Some(fault) });
    close(transport, session).await
}

/// The head, and the state that it begins.
fn begin<'a>(
    parser: &HeadParser,
    bytes: &'a [u8],
    limit: u64,
    secured: bool,
) -> Result<(RequestHead<'a>, Cycle), Rejection> {
    let head = parser.request_head(bytes)?;
    let cycle = Cycle::begin(&head, limit)?;
    let scheme = bytes.get(parser.method_end + 1..parser.method_end + 6);
    match head.method {
        // RFC 9110 section 9.1. CONNECT is for proxies (section 9.3.6).
        Method::Other(_) | Method::Connect => Err(Rejection::NotImplemented),
        // RFC 9110 section 7.4. Other targets of four forms begin with `/`, `*` or `http:`.
        _ if !secured && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https")) => {
            Err(Rejection::Misdirected)
        }
        _ => Ok((head, cycle)),
    }
}
