//! `/users/{id}/notes`: POST counts, by the state of the site.

use std::future::Future;
use std::sync::atomic::Ordering;

use bantam::{wire::Status, Connection, RequestDetails, Response};

use crate::App;

pub async fn get<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let text = format!("{} of {}", app.notes.load(Ordering::Relaxed), details.param_raw("id").unwrap_or(""));
    details.connection.make_response(Response::new(Status::OK).body(text.as_bytes())).await
}

pub fn post<'a, C: Connection>(
    app: &'a App,
    details: &'a mut RequestDetails<'_, C>,
) -> impl Future<Output = Result<(), C::Error>> + 'a {
    app.notes.fetch_add(1, Ordering::Relaxed);
    details.connection.make_response(Response::new(Status::CREATED).body(b"noted"))
}
