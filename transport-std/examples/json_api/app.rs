//! The pages of a JSON API with state. `Number` is of the program: an atomic where threads share it, a `Cell` where there is one
//! thread.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Site};
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
    let Change { add } = details.json_body(&mut [0; 64]).await?;
    answer(app, details, add).await
}

/// Adds to the counter of the path, and answers with it.
async fn answer<C: Connection>(
    app: &App,
    details: &mut RequestDetails<'_, C>,
    add: u32,
) -> Result<(), C::Error> {
    let id = details.param("id")?;
    let counter = app.counters.get(id).ok_or(Rejection::NotFound)?;
    details.json(Status::OK, &Counter { id, value: counter.add(add) }).await
}
