//! Serves a connection until it is idle or closed.
//! Invariant: a page that panics closes its own connection and no other.

use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bantam::{ConnectionState, Outcome, Site, Transport, recover, serve_until_idle};

use crate::access::peer_name::PeerName;
use crate::shared::guard::{guard, report};

/// Serves requests until none is buffered. Logs an error of the connection, which is then closed. Returns
/// [`Outcome::Idle`] where the transport has to wait while `is_parked` returns true: the caller waits without buffers.
pub(crate) async fn serve_connection<T: Transport<Error: Display>, S: Site>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
    site: &S,
    is_parked: impl Fn() -> bool,
) -> Outcome {
    let result = match catch_page_panic(serve_until_idle(transport, state, site), is_parked).await {
        Some(result) => result,
        None => recover(transport, state, site).await.map(|()| Outcome::Closed),
    };
    result.unwrap_or_else(|error| {
        report!(debug, "{}: {error}", PeerName(transport.peer_addr()));
        Outcome::Closed
    })
}

/// The output of `serving`, or [`Outcome::Idle`] while it is pending and parked; `None` if a page has panicked.
async fn catch_page_panic<E>(
    serving: impl Future<Output = Result<Outcome, E>>,
    is_parked: impl Fn() -> bool,
) -> Option<Result<Outcome, E>> {
    let mut serving = pin!(serving);
    // After an unwind only the connection state is used, and `recover` expects it half done.
    poll_fn(|context| match guard(|| serving.as_mut().poll(context)) {
        Some(Poll::Ready(result)) => Poll::Ready(Some(result)),
        Some(Poll::Pending) if is_parked() => Poll::Ready(Some(Ok(Outcome::Idle))),
        Some(Poll::Pending) => Poll::Pending,
        None => Poll::Ready(None),
    })
    .await
}
