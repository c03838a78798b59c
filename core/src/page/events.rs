//! [`Events`]: a response of server-sent events, HTML standard section 9.2, whose page waits for what it sends.
//!
//! Invariant: a wait ends when the peer has gone or the server begins to stop, and an event leaves whole, in one write if it fits the response
//! buffer.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use super::connection::{Connection, Response};
use super::details::RequestDetails;
use crate::error::Misuse;
use crate::wire::{Event, Method, Status};

impl<C: Connection> RequestDetails<'_, C> {
    /// The id of the last event that a client got before it connected again (`Last-Event-ID`); `None` if it states none, or one that is
    /// not UTF-8.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.headers.text("last-event-id")
    }

    /// Makes a response of server-sent events, `text/event-stream`, that no cache stores. Returns `None` if the page has nothing to send: the
    /// request is HEAD, or the server has begun to stop. Nothing is flushed before the first event or wait.
    ///
    /// ```
    /// use core::time::Duration;
    ///
    /// use bantam::{Connection, RequestDetails, wire::Event};
    ///
    /// /// Counts the seconds. A browser that connects again goes on where it was.
    /// async fn seconds<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let mut count: u64 = details.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    ///     let Some(mut events) = details.events().await? else { return Ok(()) };
    ///     while events.pause(Duration::from_secs(1)).await.is_some() {
    ///         count += 1;
    ///         let count = count.to_string();
    ///         events.send(&Event::new(&count).id(&count)).await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`Connection::make_response`].
    pub fn events(&mut self) -> impl Future<Output = Result<Option<Events<'_, C>>, C::Error>> {
        async move {
            let fields = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")];
            self.connection.make_response(Response::new(Status::OK).headers(&fields)).await?;
            let is_over = self.method == Method::Head || self.connection.is_ending();
            let keep_alive = Events::<C>::KEEP_ALIVE;
            Ok((!is_over).then_some(Events { connection: self.connection, keep_alive }))
        }
    }
}

/// A response of server-sent events. [`RequestDetails::events`] makes it; it ends when the page returns.
#[derive(Debug)]
pub struct Events<'f, C> {
    connection: &'f mut C,
    keep_alive: Duration,
}

impl<C: Connection> Events<'_, C> {
    /// How long a wait lasts before a comment is sent: 15 s, which the HTML standard recommends, because proxies close silent connections.
    pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

    /// Sets the interval of the comments that are sent during a wait. [`Duration::MAX`] is none: a peer that vanishes without a word is then
    /// found by what the transport does: the device's ask by keep-alive.
    #[must_use]
    pub fn keep_alive(self, interval: Duration) -> Self {
        Self { keep_alive: interval, ..self }
    }

    /// Sends an event, in one write if it fits the response buffer. Waits while the peer does not read, for
    /// [`Deadlines::response`](crate::Deadlines::response) at most. Also in a server that stops: the last event.
    ///
    /// A future that is dropped while it waits ends the connection.
    ///
    /// # Errors
    /// [`Misuse::BadEvent`], which sends nothing; what the stream fails with.
    pub fn send(&mut self, event: &Event<'_>) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            for piece in event.pieces().map_err(|_| Misuse::BadEvent)? {
                self.connection.send(piece).await?;
            }
            self.connection.flush().await
        }
    }

    /// Waits for `future`, and returns what it returns; `None` if meanwhile the peer has ended its side or has been reset, or the server has
    /// begun to stop: `future` is dropped then. Sends comments while it waits.
    ///
    /// A future that is dropped loses nothing, unless it waits to send: that ends the connection. Over a [`Blocking`](crate::Blocking)
    /// stream without [`Hooks::can_read`](crate::Hooks::can_read) `future` is polled between two comments only.
    pub fn wait<F: Future>(&mut self, future: F) -> impl Future<Output = Option<F::Output>> {
        async move {
            let mut future = pin!(future);
            self.connection.flush().await.ok()?;
            while !self.connection.is_ending() {
                let is_gone = {
                    let mut gone = pin!(self.connection.gone(self.keep_alive));
                    let first = poll_fn(|context| match future.as_mut().poll(context) {
                        Poll::Ready(output) => Poll::Ready(Ok(output)),
                        Poll::Pending => gone.as_mut().poll(context).map(Err),
                    });
                    match first.await {
                        Ok(output) => return Some(output),
                        Err(is_gone) => is_gone.unwrap_or(true),
                    }
                };
                if is_gone {
                    return None;
                }
                self.send(&Event::comment("")).await.ok()?;
            }
            None
        }
    }

    /// Waits for `duration` of the transport's clock; `None` if meanwhile the peer has ended its side or has been reset, or the server has
    /// begun to stop. Sends comments while it waits.
    pub fn pause(&mut self, duration: Duration) -> impl Future<Output = Option<()>> {
        async move {
            let mut left = duration;
            loop {
                let now = left.min(self.keep_alive);
                if self.connection.gone(now).await.ok()? {
                    return None;
                }
                left = rest(left, now);
                if left.is_zero() {
                    return Some(());
                }
                self.send(&Event::comment("")).await.ok()?;
            }
        }
    }
}

/// `left` less `now`, which is not more. By hand: the compiler does not prove that `Duration::saturating_sub` does not panic.
const fn rest(left: Duration, now: Duration) -> Duration {
    const SECOND: u32 = 1_000_000_000;
    let nanos = left.subsec_nanos() + SECOND - now.subsec_nanos();
    let borrow = (nanos < SECOND) as u64;
    Duration::new(left.as_secs().wrapping_sub(now.as_secs()).wrapping_sub(borrow), nanos % SECOND)
}
