//! `/sleep`: sends five pieces with a pause of one second after each.
//! Invariant: a piece is sent before its pause begins.

use core::time::Duration;

use bantam::wire::{Method, Status};
use bantam::{Connection, RequestDetails, Response};

const TOP: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam takes its time</title>
<link rel="stylesheet" href=""#,
    asset!("style.css"),
    r#"">
<main>
<h1>One piece a second</h1>
<ol>
"#
);
static PIECES: [&str; 5] = [
    "<li class=\"piece\">The first piece came at once.</li>\n",
    "<li class=\"piece\">The second one slept for a second,</li>\n",
    "<li class=\"piece\">the third one for another,</li>\n",
    "<li class=\"piece\">and no other page waited</li>\n",
    "<li class=\"piece\">while this page was asleep.</li>\n",
];
const BOTTOM: &str = "</ol>\n<nav><a href=\"./\">Back</a></nav>\n</main>\n";

/// Sends a piece and pauses for a second, five times.
pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let connection = &mut *details.connection;
    let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
    connection.make_response(html).await?;
    // A response without a body needs no pauses.
    if details.method == Method::Head {
        return Ok(());
    }
    connection.send(TOP.as_bytes()).await?;
    for piece in &PIECES {
        connection.send(piece.as_bytes()).await?;
        connection.pause(Duration::from_secs(1)).await?;
    }
    connection.send(BOTTOM.as_bytes()).await
}
