//! The pages of a JSON API with state. `Number` is of the program: an atomic where threads share it, a `Cell` where there is one
//! thread.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use serde::{Deserialize, Serialize};

use super::Number;

/// Eight counters.
#[derive(Default)]
pub(crate) struct App {
    counters: [Number; 8],
}

#[derive(Serialize)]
struct Counter {
    id: usize,
    value: u32,
}

#[derive(Deserialize)]
struct Change {
    add: u32,
}

impl Site for App {
    bantam::routes! {
        GET "/counters/{id}" => read,
        POST "/counters/{id}" => change,
    }
}

async fn read<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    answer(app, details, 0).await
}

async fn change<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 64];
    let body = details.body(&mut memory).await?;
    let (change, _) = serde_json_core::from_slice::<Change>(body).map_err(|_| Rejection::BadInput)?;
    answer(app, details, change.add).await
}

/// Adds to the counter of the path, and answers with it.
async fn answer<C: Connection>(
    app: &App,
    details: &mut RequestDetails<'_, C>,
    add: u32,
) -> Result<(), C::Error> {
    let id = details.param("id")?;
    let counter = app.counters.get(id).ok_or(Rejection::NotFound)?;
    let mut memory = [0; 64];
    let length =
        serde_json_core::to_slice(&Counter { id, value: counter.add(add) }, &mut memory).unwrap_or(0);
    let fields = [("Content-Type", "application/json")];
    let response = Response::new(Status::OK).headers(&fields);
    details.connection.make_response(response.body(&memory[..length])).await
}
