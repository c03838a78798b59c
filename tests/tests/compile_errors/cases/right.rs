//! Routes that are right.
//! no error

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App {
    api: Api,
}
struct Api;

impl Site for Api {
    bantam::routes! {
        GET "/" => status
    }
}

impl Site for App {
    bantam::routes! {
        GET "/" => home,
        GET|POST "/{id}/{*rest}" => home,
        USE "/api" => |app| &app.api,
        _ => home,
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

async fn status<C: Connection>(_: &Api, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
