//! A page of another site, whose state this one lacks.
//! error: routes!: a page of `Other` is `async fn page<C: Connection>(site: &Other, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error>`

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};

struct App;
struct Other;

impl Site for Other {
    bantam::routes! {
        GET "/" => home
    }
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

fn main() {}
