//! A site whose pages wait for what other threads publish.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Connection, RequestDetails, Response, Site, WebSocketOptions};

/// A number that threads publish, and the pages that wait for the next one.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    state: Mutex<(u64, Vec<Waker>)>,
    /// How many pages wait.
    pub(crate) waiting: AtomicUsize,
}

impl Topic {
    pub(crate) fn publish(&self) {
        let wakers = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.0 += 1;
            std::mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits for a number beyond `seen`.
    async fn next(&self, seen: u64) -> u64 {
        let _waits = Waits::new(&self.waiting);
        poll_fn(|context| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.0 > seen {
                return Poll::Ready(state.0);
            }
            state.1.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// Counts a page that waits, until it is dropped.
struct Waits<'t>(&'t AtomicUsize);

impl<'t> Waits<'t> {
    fn new(count: &'t AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The pages over a topic.
#[derive(Debug)]
pub(crate) struct Live(pub(crate) &'static Topic);

impl Site for Live {
    bantam::routes! {
        GET "/events" => events,
        GET "/chat" => chat,
        GET "/flood" => flood,
        POST|GET "/watch" => watch,
        GET "/pause" => pause,
    }
}

async fn events<C: Connection>(app: &Live, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut seen = details.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while let Some(next) = events.wait(app.0.next(seen)).await {
        seen = next;
        let text = seen.to_string();
        events.send(&Event::new(&text).id(&text)).await?;
    }
    events.send(&Event::new("bye")).await
}

/// Sends back what it gets, and what is published.
async fn chat<C: Connection>(app: &Live, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 256];
    let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else {
        return Ok(());
    };
    let mut seen = 0;
    loop {
        let message = {
            let (mut received, mut next) = (pin!(socket.recv()), pin!(app.0.next(seen)));
            poll_fn(|context| match next.as_mut().poll(context) {
                Poll::Ready(number) => {
                    seen = number;
                    Poll::Ready(Some(number.to_string()))
                }
                Poll::Pending => received.as_mut().poll(context).map(|piece| {
                    let piece = piece.ok().flatten()?;
                    Some(String::from_utf8_lossy(piece.data).into_owned())
                }),
            })
            .await
        };
        let Some(message) = message else { return Ok(()) };
        if socket.send_text(&message).await.is_err() {
            return Ok(());
        }
    }
}

/// Sends to a peer that does not read.
async fn flood<C: Connection>(app: &Live, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 256];
    let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else {
        return Ok(());
    };
    let _waits = Waits::new(&app.0.waiting);
    while socket.send_binary(&[0; 60_000]).await.is_ok() {}
    Ok(())
}

/// Watches for 50 ms, and answers with its body.
async fn watch<C: Connection>(_: &Live, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    assert!(!details.connection.gone(Duration::from_millis(50)).await?);
    let mut memory = vec![0; 300_000];
    let body = details.body(&mut memory).await?;
    details.connection.make_response(Response::new(Status::OK).body(body)).await
}

/// Pauses for a long time, but for something published; a pause that is dropped loses nothing.
async fn pause<C: Connection>(app: &Live, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.flush().await?;
    let number = {
        let (mut pause, mut next) =
            (pin!(details.connection.pause(Duration::from_secs(600))), pin!(app.0.next(0)));
        poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Pending => pause.as_mut().poll(context).map(|_| 0),
            ready => ready,
        })
        .await
    };
    details.text(Status::OK, format_args!("{number}")).await
}
