//! A page for one type of connections.
//! error: routes!: a page of `App` is `async fn page<C: Connection>(site: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error>`

use bantam::{RequestDetails, Site};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/" => page
    }
}

async fn page(_: &App, _: &mut RequestDetails<'_, ()>) -> Result<(), ()> {
    Ok(())
}

fn main() {}
