//! A parameter that is a part of a segment.
//! error: routes!: `/{name}.txt`: a parameter is a whole segment: `{name}`, or `{*name}` for the rest

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/{name}.txt" => home
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
