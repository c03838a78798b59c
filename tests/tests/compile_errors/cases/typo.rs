//! The name of a page is misspelt.
//! error: cannot find value `hoem` in this scope

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/" => hoem
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
