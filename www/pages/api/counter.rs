//! `/api/counter`: a number as JSON, which a POST increments.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

use crate::Shared;

/// Returns the number.
pub async fn get<C: Connection>(
    shared: &Shared,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    json(details, shared.clicks.value()).await
}

/// Adds one, and returns the number.
pub async fn post<C: Connection>(
    shared: &Shared,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    json(details, shared.clicks.increment()).await
}

async fn json<C: Connection>(details: &mut RequestDetails<'_, C>, clicks: u32) -> Result<(), C::Error> {
    let mut text = *b"{\"clicks\":         0}\n";
    let mut number = clicks;
    // Right-aligned: JSON has white space before a value.
    for digit in text.iter_mut().rev().skip(2).take(10) {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")];
    details.connection.make_response(Response::new(Status::OK).headers(&headers).body(&text)).await
}
