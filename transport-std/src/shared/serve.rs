//! Serves a connection until it is idle or closed.
//! Invariant: a page that panics closes its own connection and no other.

use std::fmt::Display;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bantam::{ConnectionState, Outcome, Site, Transport, recover, serve_until_idle};

use crate::access::peer_name::PeerName;
use crate::shared::guard::{guard, report};

/// What has become of a connection that was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// It waits for its next request.
    Idle,
    /// It is over.
    Closed,
    /// It has failed: a response may be cut off.
    Aborted,
}

/// Serves requests until none is buffered. Logs an error of the connection, which is then closed. Returns
/// [`Served::Idle`] where the transport has to wait while `is_parked` returns true: the caller waits without buffers.
pub(crate) async fn serve_connection<T: Transport<Error: Display>, S: Site>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
    is_parked: impl Fn() -> bool,
) -> Served {
    // Pinned where it is made: a future that is passed on is copied, and this one has the page's.
    let served = {
        let mut serving = pin!(serve_until_idle(transport, state, site));
        // After an unwind only the connection state is used, and `recover` expects it half done.
        poll_fn(|context| match guard(|| serving.as_mut().poll(context)) {
            Some(Poll::Ready(result)) => Poll::Ready(Some(result)),
            Some(Poll::Pending) if is_parked() => Poll::Ready(Some(Ok(Outcome::Idle))),
            Some(Poll::Pending) => Poll::Pending,
            None => Poll::Ready(None),
        })
        .await
    };
    let result = match served {
        Some(result) => result,
        None => recover(transport, state, site).await.map(|()| Outcome::Closed),
    };
    match result {
        Ok(Outcome::Idle) => Served::Idle,
        Ok(_) => Served::Closed,
        Err(error) => {
            report!(debug, "{}: {error}", PeerName(transport.peer_addr()));
            Served::Aborted
        }
    }
}
