//! Pages that send events, over a simulated peer.

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Buffers, Connection, RequestDetails, Response, Site, serve};
use bantam_tests::executor::run;
use bantam_tests::script::ScriptedPeer;

/// Pages that send events, and what they have noticed.
#[derive(Default)]
pub(crate) struct Pages {
    /// What each wait has ended with: true for an output.
    pub waits: RefCell<Vec<bool>>,
    /// How many futures that were waited for have been dropped.
    pub dropped: Cell<usize>,
}

/// Counts its drop.
struct Waiting<'p>(&'p Cell<usize>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Site for Pages {
    bantam::routes! {
        GET|POST "/echo" => echo,
        GET "/count/{to}" => count,
        GET "/wait" => wait,
        GET "/pause/{seconds}" => pause,
        GET "/bad" => bad,
        GET "/late" => late,
    }
}

async fn echo<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 64];
    let body = details.body(&mut memory).await?;
    details.connection.make_response(Response::new(Status::OK).body(body)).await
}

/// Sends the numbers behind the last one that the client has, up to `to`.
async fn count<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let to: u32 = details.param("to")?;
    let from: u32 = details.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    let Some(mut events) = details.events().await? else { return Ok(()) };
    for number in from + 1..=to {
        let next = events.wait(ready(number.to_string())).await;
        app.waits.borrow_mut().push(next.is_some());
        let Some(number) = next else { break };
        events.send(&Event::new("line\r\nline").id(&number)).await?;
    }
    Ok(())
}

/// Waits for what never comes; says so, and that it has ended.
async fn wait<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let Some(mut events) = details.events().await? else { return Ok(()) };
    events.send(&Event::new("waits")).await?;
    let never = async {
        let _waiting = Waiting(&app.dropped);
        pending::<()>().await;
    };
    let output = events.wait(never).await;
    app.waits.borrow_mut().push(output.is_some());
    events.send(&Event::new("ends")).await
}

/// Pauses, and says if it has to the end.
async fn pause<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let seconds = Duration::from_secs(details.param("seconds")?);
    let Some(mut events) = details.events().await? else { return Ok(()) };
    let data = if events.pause(seconds).await.is_some() { "whole" } else { "cut short" };
    events.send(&Event::new(data)).await
}

async fn bad<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let Some(mut events) = details.events().await? else { return Ok(()) };
    events.send(&Event::new("").name("a\nb")).await
}

/// Makes its response in a server that stops.
async fn late<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let has_begun = details.events().await?.is_some();
    app.waits.borrow_mut().push(has_begun);
    if has_begun {
        ready(()).await;
    }
    Ok(())
}

/// Serves a peer to its end.
pub(crate) fn serve_to(peer: &mut ScriptedPeer, pages: &Pages) -> bool {
    run(serve(peer, &mut Buffers::<512, 512>::new().state(), pages)).is_ok()
}

/// What a peer gets that sends this.
pub(crate) fn respond(request: &str) -> String {
    let mut peer = ScriptedPeer::sending(request);
    serve_to(&mut peer, &Pages::default());
    peer.text()
}
