//! A site that the state does not have.
//! error: no field `api` on type `&App`

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/" => home,
        USE "/api" => |app| &app.api
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
