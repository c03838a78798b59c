//! Ten pages with code of their own: each looks for a parameter, and streams an answer in pieces.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

/// A page named like the parameter that it repeats.
macro_rules! page {
    ($name:ident, $title:literal) => {
        pub async fn $name<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
            let plain = [("Content-Type", "text/plain")];
            details.connection.make_response(Response::new(Status::OK).headers(&plain)).await?;
            details.connection.send($title.as_bytes()).await?;
            if let Some(value) = details.parsers().query().first(stringify!($name)) {
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
page!(users, "Who is here: ");
page!(ports, "Open ports: ");
page!(clock, "Time of day: ");
page!(power, "Watts: ");
page!(model, "Made by: ");
