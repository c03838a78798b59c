//! The loop of a connection: receive a head, respond or refuse, then go on or close.
//! Invariant: every request gets one final response, in order, or the connection ends; bytes behind a message whose end is not
//! certain are never parsed as a request.

use core::array::from_fn;
use core::future::Future;

use super::exchange::{Exchange, MAX_DRAIN};
use super::io::{close, flush};
use super::receive::{accept_head, receive_head};
use super::state::ConnectionState;
use crate::error::{Error, Fault};
use crate::page::{RequestDetails, Site, Trail};
use crate::persistence::AfterExchange;
use crate::record::{ExchangeRecord, ParsedHead};
use crate::transport::Transport;
use crate::wire::{HeadParser, INDEXED, Status};

/// Why [`serve_until_idle`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Every request is answered and nothing is buffered: the buffers may serve another connection.
    Idle,
    /// The connection is over: drop the transport.
    Closed,
}

/// Serves a connection to its end. Returns when the peer has closed it, a message was not understood, a phase took too long,
/// or the connection does not persist. Dropping the future ends the connection at any time.
///
/// # Errors
/// What the stream failed with.
pub fn serve<T: Transport, S: Site>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    conversation(transport, state, site)
}

/// Serves a connection until it is idle or closed. Between two calls an idle connection needs neither buffers nor a
/// future, only its transport. Dropping the future ends the connection.
///
/// # Errors
/// What the stream failed with. The connection is then over.
pub fn serve_until_idle<T: Transport, S: Site>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<Outcome, Error<T::Error>>> {
    conversation(transport, state, site)
}

/// The output of a conversation. Neither public function is a future around the other's: that would cost RAM.
trait ServeMode: Copy {
    /// Returned between two requests with nothing buffered; with `None` the conversation goes on.
    const IDLE: Option<Self>;
    /// Returned when the connection is over.
    const CLOSED: Self;
}

impl ServeMode for () {
    const IDLE: Option<Self> = None;
    const CLOSED: Self = ();
}

impl ServeMode for Outcome {
    const IDLE: Option<Self> = Some(Self::Idle);
    const CLOSED: Self = Self::Closed;
}

/// Returns true if what `make` makes of a `D` has no size, such as the future of a site that does not respond to refusals.
const fn has_no_size<'d, D: 'd, R>(_: &D, _: &impl FnOnce(&'d mut D) -> R) -> bool {
    size_of::<R>() == 0
}

fn conversation<T: Transport, S: Site, M: ServeMode>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
) -> impl Future<Output = Result<M, Error<T::Error>>> {
    async move {
        loop {
            // Receive. Where RAM is short the parser ends with this block: what the page's future is kept beside is RAM of every
            // connection. Elsewhere it outlives the page, so that the record has its index.
            let mut kept: [_; INDEXED as usize] = from_fn(|_| HeadParser::request());
            let (parsed, head, accepted, cycle, input) = {
                let mut brief: [_; !INDEXED as usize] = from_fn(|_| HeadParser::request());
                let Some(parser) = kept.first_mut().or(brief.first_mut()) else { return Ok(M::CLOSED) };
                let received = match receive_head(transport, state, parser).await {
                    Ok(None) => return Ok(M::CLOSED),
                    Ok(Some(length)) => Ok(length),
                    Err(Error::Rejection(rejection)) => Err(rejection),
                    Err(error) => return Err(error),
                };
                // What has come beyond the limit belongs to no record: how much it is depends on the reads.
                let length = received.unwrap_or(state.input.unread().len().min(state.head_limit()));
                let (bytes, input) = state.input.split(length);
                let Some(parser) = kept.first().or(brief.first()) else { return Ok(M::CLOSED) };
                let index = kept.first().map_or(parser.index.sketch(), |parser| parser.index.view());
                let (refused, limit) = (received.err(), state.body_limit);
                let (accepted, cycle) =
                    accept_head(parser, bytes, index, refused, limit, transport.is_secure());
                let parsed: [_; INDEXED as usize] = from_fn(|_| bytes);
                (parsed, bytes.get(parser.line_start..).unwrap_or(&[]), accepted, cycle, input)
            };
            // Respond.
            let mut exchange = Exchange::new(&mut *transport, site, &mut state.response, cycle, head, input);
            let responded = match accepted {
                Err(rejection) => {
                    Err(ExchangeRecord::new(head, exchange.status, 0, Some(Fault::Rejection(rejection))))
                }
                Ok(request) => {
                    let client = exchange.transport.peer_addr();
                    let mut details = RequestDetails::new(request, client, &mut exchange);
                    let mut page = site.request_handler(&mut details).await;
                    loop {
                        let finished = details.connection.finish(page).await;
                        let concluded =
                            details.connection.conclude(&finished, ParsedHead::new(&kept, parsed));
                        if let Err(error @ (Error::Io(_) | Error::Closed)) = finished {
                            return Err(error);
                        }
                        if has_no_size(&details, &|details| {
                            site.refused_along(Trail::NONE, details, Status::OK, "")
                        }) {
                            break concluded;
                        }
                        let Some((status, reason)) = details.connection.ask_site(&concluded) else {
                            break concluded;
                        };
                        let trail = details.connection.trail;
                        page = site.refused_along(trail, &mut details, status, reason).await;
                    }
                }
            };
            // Refuse.
            let mut after = match responded {
                Ok(after) => after,
                Err(failed) => exchange.refuse(failed).await?,
            };
            if after == AfterExchange::Drain {
                after = exchange.drain(MAX_DRAIN).await?;
            }
            let unread = exchange.input.unread_from_end();
            state.input.rejoin(unread);
            // Go on.
            let end = match after {
                AfterExchange::Keep if state.input.is_empty() => M::IDLE,
                AfterExchange::Keep => None,
                // Bytes that are unread when a socket is closed make it send a reset, which can overtake the response.
                AfterExchange::CloseAfterFlush if state.input.is_empty() => Some(M::CLOSED),
                _ => {
                    close(transport, state).await?;
                    return Ok(M::CLOSED);
                }
            };
            if let Some(end) = end {
                flush(transport, &mut state.response).await?;
                return Ok(end);
            }
        }
    }
}
