//! What no page fits.

use bantam::{wire::Status, Connection, RequestDetails, Response};

pub async fn refused<C: Connection>(
    details: &mut RequestDetails<'_, C>,
    status: Status,
    reason: &'static str,
) -> Result<(), C::Error> {
    let text = format!("{}: {reason}", details.uri.path);
    details.connection.make_response(Response::new(status).body(text.as_bytes())).await
}
