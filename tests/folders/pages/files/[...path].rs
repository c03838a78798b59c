//! `/files/{*path}`: takes what is no static file.

use bantam::{wire::Status, Connection, RequestDetails, Response};

pub const ALLOW: &str = "GET, POST";

pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let path = details.param_raw("path").unwrap_or("");
    details.connection.make_response(Response::new(Status::OK).body(format!("path {path}").as_bytes())).await
}
