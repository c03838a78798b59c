//! A page that returns nothing.
//! error: routes!: a page of `App` is `async fn page<C: Connection>(site: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error>`

use bantam::{Connection, RequestDetails, Site};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/" => page
    }
}

async fn page<C: Connection>(_: &App, _: &mut RequestDetails<'_, C>) {}

fn main() {}
