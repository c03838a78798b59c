//! A route below the prefix of another site.
//! error: routes!: `/api/{version}` is never reached, because routes before it take all of its requests

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;

impl Site for App {
    bantam::routes! {
        USE "/api" => |app| app,
        GET "/api/{version}" => home
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
