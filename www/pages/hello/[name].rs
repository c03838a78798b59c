//! `/hello/{name}`: greets the name in the path. It is decoded, escaped and sent in pieces, so it may be of any length.

use bantam::wire::{PercentEncoded, Status};
use bantam::{Connection, RequestDetails, Response, escape};

const TOP: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam says hello</title>
<link rel="stylesheet" href="../"#,
    asset!("style.css"),
    r#"">
<main>
<h1 id="greeting">Hello, "#
);
const BOTTOM: &str = "!</h1>\n<nav><a href=\"../\">Back</a></nav>\n</main>\n";

/// `GET /hello/Ada` returns "Hello, Ada!".
pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
    details.connection.make_response(html).await?;
    details.connection.send(TOP.as_bytes()).await?;
    let name = details.param_raw("name").unwrap_or("");
    let mut name = escape(PercentEncoded::path(name)).pieces();
    while let Some(piece) = name.next_piece() {
        details.connection.send(piece.as_bytes()).await?;
    }
    details.connection.send(BOTTOM.as_bytes()).await
}
