//! [`TimeLimit`]: the longest time that a page takes.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use crate::page::connection::Connection;
use crate::page::details::RequestDetails;
use crate::page::site::{Layer, Site};
use crate::refusal::Refusal;
use crate::wire::Status;

static TOO_LONG: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
    .reason("The page took too long; try again in a moment.")
    .fields(&[("Retry-After", "1")]);

/// Drops the future of a page that takes longer than a timer: the response is 503 with `Retry-After: 1` if nothing of the page's own has
/// been written, and is cut off otherwise. A page that blocks its thread is not stopped.
///
/// The timer is a future of the application's runtime, such as one of tokio, embassy or a smoltcp loop's clock: the clock of the transport
/// is lent to the page together with its connection. The deadlines of a body and of a response, which the transport keeps, go on.
///
/// ```
/// use bantam::layers::TimeLimit;
/// # async fn sleep(_: core::time::Duration) {}
///
/// let layer = TimeLimit::new(|| sleep(core::time::Duration::from_secs(5)));
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit<F>(F);

impl<T: Future<Output = ()>, F: Fn() -> T> TimeLimit<F> {
    /// `timer`: starts a timer, for each request.
    #[must_use]
    pub const fn new(timer: F) -> Self {
        Self(timer)
    }
}

impl<T: Future<Output = ()>, F: Fn() -> T> Layer for TimeLimit<F> {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        let result = {
            let mut page = pin!(site.request_handler(details));
            let mut timer = pin!((self.0)());
            poll_fn(|context| match page.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending => timer.as_mut().poll(context).map(|()| None),
            })
            .await
        };
        result.unwrap_or_else(|| Err(details.refuse(&TOO_LONG)))
    }
}
