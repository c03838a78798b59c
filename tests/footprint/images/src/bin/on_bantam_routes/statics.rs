//! Ten static pages, each a function of its own.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};
use footprint_images::extra;
use footprint_images::requests::HTML;

use crate::Pages;

/// A page that sends a constant.
macro_rules! page {
    ($name:ident, $text:literal) => {
        pub async fn $name<C: Connection>(
            _: &Pages,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            let html = [("Content-Type", HTML)];
            let response = Response::new(Status::OK).headers(&html).body(extra!($text).as_bytes());
            details.connection.make_response(response).await
        }
    };
}

page!(about, "about");
page!(setup, "setup");
page!(login, "login");
page!(reset, "reset");
page!(hosts, "hosts");
page!(users, "users");
page!(ports, "ports");
page!(clock, "clock");
page!(power, "power");
page!(model, "model");
