//! Receives the head of a request: reads until it is complete, then parses it.
//! Invariant: a connection that has sent nothing of a request waits in [`Phase::Idle`], one that has begun a head in
//! [`Phase::Head`].

use embedded_io_async::{Error as _, ErrorKind};

use super::io::{flush, read};
use super::state::ConnectionState;
use crate::cycle::Cycle;
use crate::error::{Error, Rejection};
use crate::slice::{same_text, split_at};
use crate::transport::{Phase, Transport};
use crate::wire::{HeadParser, INDEXED, IndexView, Method, RequestHead};

/// Reads until a head is complete, and returns its length; `None` if the peer closed or timed out between two requests.
/// Flushes before it waits.
pub(crate) async fn receive_head<T: Transport>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    parser: &mut HeadParser,
) -> Result<Option<usize>, Error<T::Error>> {
    let mut entered = None;
    loop {
        // Bytes beyond the limit are not parsed, so that the answer does not depend on how many a read returned at once.
        let (window, _) = split_at(state.input.unread(), state.head_limit());
        // A connection that has been idle has nothing to parse; on a device it is smaller without.
        if (!INDEXED || !window.is_empty())
            && let Some(end) = parser.advance(window)?
        {
            if entered != Some(Phase::Head) {
                transport.enter(Phase::Head);
            }
            state.input.compact(end, ConnectionState::RESERVE);
            return Ok(Some(end));
        }
        if window.len() == state.head_limit() {
            return Err(parser.too_long().into());
        }
        if !INDEXED || !state.response.is_empty() || state.response.broken {
            flush(transport, &mut state.response).await?;
        }
        state.input.compact(state.input.unread().len(), 1);
        let has_begun = parser.has_begun();
        let phase = if has_begun { Phase::Head } else { Phase::Idle };
        if entered != Some(phase) {
            transport.enter(phase);
            entered = Some(phase);
        }
        match read(transport, state.input.free()).await {
            Ok(0) if has_begun => return Err(Rejection::Truncated.into()),
            Ok(0) => return Ok(None),
            Ok(count) => state.input.fill(count),
            Err(error) if error.kind() != ErrorKind::TimedOut => return Err(Error::Io(error)),
            Err(_) if has_begun => return Err(Rejection::Timeout.into()),
            Err(_) => return Ok(None),
        }
    }
}

/// Parses a head that is complete, unless it is `refused` already, and begins its cycle. Returns the head, which looks fields up in
/// `index`, or its rejection.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn accept_head<'a>(
    parser: &HeadParser,
    bytes: &'a [u8],
    index: IndexView<'a>,
    refused: Option<Rejection>,
    body_limit: u64,
    is_secure: bool,
) -> (Result<RequestHead<'a>, Rejection>, Cycle) {
    let parsed = match refused {
        None => parser.head_with(bytes, index),
        Some(rejection) => Err(rejection),
    };
    let head = match parsed {
        Ok(head) => head,
        Err(rejection) => {
            return (Err(rejection), Cycle::refused(bytes.get(parser.line_start..).unwrap_or(&[])));
        }
    };
    let mut cycle = Cycle::new(&head, body_limit);
    let scheme = bytes.get(parser.method_end + 1..parser.method_end + 6);
    let rejection = if cycle.data_left() > body_limit {
        Rejection::ContentTooLarge
    } else {
        match head.method {
            // RFC 9110 section 9.1.
            Method::Other(_) => Rejection::NotImplemented,
            // CONNECT is for proxies (section 9.3.6). What follows may be meant for the other end of the tunnel.
            Method::Connect => {
                cycle.close();
                Rejection::NotImplemented
            }
            // RFC 9110 section 7.4. Targets of the other forms begin with `/`, `*` or `http:`.
            _ if !is_secure && scheme.is_some_and(|scheme| same_text(scheme, b"https")) => {
                Rejection::Misdirected
            }
            _ => return (Ok(head), cycle),
        }
    };
    (Err(rejection), cycle)
}
