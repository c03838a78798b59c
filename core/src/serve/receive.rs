//! Law: a wait for a head has a name (idle, or head) and an end; a connection ends so that its last answer is read.

use embedded_io_async::{Error as _, ErrorKind};

use super::response_buffer::{flush, read};
use super::state::ConnectionState;
use crate::error::{Error, Rejection};
use crate::transport::{Phase, Transport};
use crate::wire::HeadParser;

/// How much a closing connection still reads, so that the peer gets the last answer and not a reset: 64 KB.
const LINGER: usize = 64 * 1024;

/// Reads until a head is complete, and says where it ends; `None` if the peer has nothing more to ask.
pub(crate) async fn head<T: Transport>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
    parser: &mut HeadParser,
) -> Result<Option<usize>, Error<T::Error>> {
    let mut phase = None;
    loop {
        // What lies beyond the limit is not looked at, so that the answer does not depend on how much came at once.
        let unread = session.unread();
        let mine = unread.get(..session.head_limit()).unwrap_or(unread);
        if let Some(end) = parser.advance(mine)? {
            if phase != Some(Phase::Head) {
                transport.enter(Phase::Head);
            }
            session.make_room(end, ConnectionState::RESERVE);
            return Ok(Some(end));
        }
        if mine.len() == session.head_limit() {
            return Err(parser.too_long().into());
        }
        flush(transport, &mut session.output).await?;
        session.make_room(session.unread().len(), 1);
        let begun = parser.has_begun();
        let wanted = if begun { Phase::Head } else { Phase::Idle };
        if phase != Some(wanted) {
            transport.enter(wanted);
            phase = Some(wanted);
        }
        let free = session.input.get_mut(session.to..).unwrap_or(&mut []);
        match read(transport, free).await {
            Ok(0) if begun => return Err(Rejection::Truncated.into()),
            Ok(0) => return Ok(None),
            Ok(count) => session.to += count,
            Err(error) if error.kind() != ErrorKind::TimedOut => return Err(Error::Io(error)),
            Err(_) if begun => return Err(Rejection::Timeout.into()),
            Err(_) => return Ok(None),
        }
    }
}

/// Ends a connection the polite way, RFC 9112 section 9.6: the last answer, the end of ours, and then what the peer still
/// has under way is read and thrown away for a moment.
pub(crate) async fn close<T: Transport>(
    transport: &mut T,
    session: &mut ConnectionState<'_>,
) -> Result<(), Error<T::Error>> {
    flush(transport, &mut session.output).await?;
    let ended = loop {
        match transport.shutdown_write().await {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            ended => break ended.unwrap_or(false),
        }
    };
    if ended {
        transport.enter(Phase::Close);
        let mut rest = LINGER;
        while let Ok(count @ 1..) = read(transport, session.input).await {
            match rest.checked_sub(count) {
                Some(left) => rest = left,
                None => break,
            }
        }
    }
    Ok(())
}
