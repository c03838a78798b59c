//! A pattern that is percent-encoded.
//! error: routes!: `/a%20b`: a pattern is a decoded path, without a query

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/a%20b" => home
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
