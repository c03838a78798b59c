//! Answers of the helpers of the core: formatted text, and JSON.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails};

/// Text with a name and a number.
#[cfg(feature = "text")]
pub async fn text<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let (name, number) = (details.uri.path, details.uri.path.len() as u32);
    details.text(Status::OK, format_args!("{name} has sent {number} bytes.")).await
}

/// JSON of three fields.
#[cfg(feature = "json")]
pub async fn json<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let (name, number) = (details.uri.path, details.uri.path.len() as u32);
    details.json(Status::OK, &footprint_images::Sender { name, number, known: number > 4 }).await
}
