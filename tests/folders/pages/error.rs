//! Every other refusal, with the state of the site.

use std::sync::atomic::Ordering;

use bantam::{wire::Status, Connection, RequestDetails, Response};

use crate::App;

pub async fn refused<C: Connection>(
    app: &App,
    details: &mut RequestDetails<'_, C>,
    status: Status,
    _: &'static str,
) -> Result<(), C::Error> {
    let text = format!("{} after {} notes", status.code(), app.notes.load(Ordering::Relaxed));
    details.connection.make_response(Response::new(status).body(text.as_bytes())).await
}
