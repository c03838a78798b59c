//! `/users/{id}`: GET, PUT and a HEAD of its own.

use bantam::{wire::Status, Connection, RequestDetails, Response};

pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let id: u32 = details.param("id")?;
    details.connection.make_response(Response::new(Status::OK).body(format!("user {id}").as_bytes())).await
}

pub async fn put<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::NO_CONTENT)).await
}

pub async fn head<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).headers(&[("X-Own", "head")]).length(7)).await
}
