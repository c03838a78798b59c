//! A page that sends an event each second until its client has gone: by `Events`, or by hand.

use core::time::Duration;

use bantam::{Connection, RequestDetails};

use crate::Pages;

const SECOND: Duration = Duration::from_secs(1);

#[cfg(feature = "events")]
pub async fn live<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    use bantam::wire::Event;

    let seen = details.last_event_id().is_some();
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while events.pause(SECOND).await.is_some() {
        let event = Event::new("tick");
        events.send(&if seen { event } else { event.id("1") }).await?;
    }
    Ok(())
}

#[cfg(not(feature = "events"))]
pub async fn live<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    use bantam::{Response, wire::Status};

    let seen = details.headers.text("last-event-id").is_some();
    let fields = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")];
    details.connection.make_response(Response::new(Status::OK).headers(&fields)).await?;
    while !details.connection.gone(SECOND).await? {
        details.connection.send(if seen { b"data: tick\n\n" } else { b"id: 1\ndata: tick\n\n" }).await?;
        details.connection.flush().await?;
    }
    Ok(())
}
