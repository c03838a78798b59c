//! `/`: asks for a name and greets it. The name is decoded, escaped and sent in pieces, so it may be of any length.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, escape};

const TOP: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam</title>
<link rel="stylesheet" href=""#,
    asset!("style.css"),
    r#"">
<main>
<img src=""#,
    asset!("bantam.svg"),
    r#"" alt="A bantam rooster" width="160" height="160">
"#
);
const NO_NAME: &str = "<h1>Hello!</h1>\n<p>This page comes from a server that fits a microcontroller.</p>\n";
const FORM: &str = r#"<form action="./">
<label for="firstname">What is your first name?</label>
<input id="firstname" name="firstname" autocomplete="given-name" required>
<button>Greet me</button>
</form>
<nav><a href="sleep">A page that takes its time</a> <a href="echo">A page that answers back</a>
<a href="hello/world">A page for every name</a> <a href="api/counter">A number</a>"#;
const UPLOAD: &str = " <a href=\"upload\">A page that takes files</a>";
const LIVE: &str = " <a href=\"live\">A page that is live</a>";
const CHAT: &str = " <a href=\"chat\">A page to chat on</a>";
const BOTTOM: &str = "</nav>\n</main>\n";

/// `GET /?firstname=Ada` returns "Hello, Ada!".
pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
    details.connection.make_response(html).await?;
    details.connection.send(TOP.as_bytes()).await?;

    let name = details.query().first("firstname").filter(|name| !name.raw().is_empty());
    if let Some(mut name) = name.map(|name| escape(name).pieces()) {
        details.connection.send(b"<h1 id=\"greeting\">Hello, ").await?;
        while let Some(piece) = name.next_piece() {
            details.connection.send(piece.as_bytes()).await?;
        }
        details.connection.send(b"!</h1>\n").await?;
    } else {
        details.connection.send(NO_NAME.as_bytes()).await?;
    }
    details.connection.send(FORM.as_bytes()).await?;
    if cfg!(feature = "upload") {
        details.connection.send(UPLOAD.as_bytes()).await?;
    }
    if cfg!(feature = "live") {
        details.connection.send(LIVE.as_bytes()).await?;
    }
    if cfg!(feature = "chat") {
        details.connection.send(CHAT.as_bytes()).await?;
    }
    details.connection.send(BOTTOM.as_bytes()).await
}
