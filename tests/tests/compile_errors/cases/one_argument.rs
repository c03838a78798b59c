//! A page without its site.
//! error: function is expected to take 2 arguments, but it takes 1 argument

use bantam::{Connection, RequestDetails, Site};

struct App;

impl Site for App {
    bantam::routes! {
        GET "/" => page
    }
}

async fn page<C: Connection>(_: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    Ok(())
}

fn main() {}
