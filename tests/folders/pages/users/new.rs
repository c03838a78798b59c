//! `/users/new`: more specific than `/users/{id}`.

use bantam::{wire::Status, Connection, RequestDetails, Response};

pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(b"new")).await
}
