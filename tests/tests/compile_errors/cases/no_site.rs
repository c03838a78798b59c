//! A state that is no site.
//! error: the trait bound `Other: Site` is not satisfied

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;
struct Other;

impl Site for App {
    bantam::routes! {
        GET "/" => home,
        USE "/api" => |_| &Other
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
