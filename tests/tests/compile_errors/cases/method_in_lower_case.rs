//! A method in lower case.
//! error: routes!: a method is GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE or PATCH

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;

impl Site for App {
    bantam::routes! {
        GET|post "/" => home
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
