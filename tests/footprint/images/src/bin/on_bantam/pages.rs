//! Ten pages with code of their own: each reads a parameter and streams its response.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

/// A page that sends the parameter of its name.
macro_rules! page {
    ($name:ident, $title:literal) => {
        pub async fn $name<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
            let plain = [("Content-Type", "text/plain")];
            details.connection.make_response(Response::new(Status::OK).headers(&plain)).await?;
            details.connection.send($title.as_bytes()).await?;
            if let Some(value) = details.query().first(stringify!($name)) {
                let mut memory = [0; 16];
                details.connection.send(value.decode(&mut memory).unwrap_or(b"?")).await?;
            }
            Ok(())
        }
    };
}

page!(about, "About me: ");
page!(setup, "Set up: ");
page!(login, "Log in: ");
page!(reset, "Reset: ");
page!(hosts, "Neighbours: ");
page!(users, "Users here: ");
page!(ports, "Open ports: ");
page!(clock, "Time of day: ");
page!(power, "Watts: ");
page!(model, "Made by: ");
