//! `/`: names the style sheet by its path with a hash.

use bantam::{wire::Status, Connection, RequestDetails, Response};

const PAGE: &str = concat!("<link rel=stylesheet href=", asset!("style.css"), ">");

pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(PAGE.as_bytes())).await
}
