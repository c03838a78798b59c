//! The greeting: a form that asks for a first name, and greets whoever gives one.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

use crate::escape::send_escaped;

const TOP: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam</title>
<link rel="stylesheet" href="/style.css">
<main>
<img src="/bantam.svg" alt="A bantam rooster" width="160" height="160">
"#;
const FORM: &str = r#"<form>
<label for="firstname">What is your first name?</label>
<input id="firstname" name="firstname" autocomplete="given-name" required>
<button>Greet me</button>
</form>
<nav><a href="/sleep">A page that takes its time</a> <a href="/echo">A page that answers back</a></nav>
</main>
"#;

/// `GET /?firstname=Ada` greets Ada.
pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = details.parsers().query().first("firstname").filter(|name| !name.raw().is_empty());
    let connection = &mut *details.connection;
    let html = [("Content-Type", "text/html; charset=utf-8")];
    connection.make_response(Response::new(Status::OK).headers(&html)).await?;
    connection.send(TOP.as_bytes()).await?;
    if let Some(name) = name {
        connection.send(b"<h1 id=\"greeting\">Hello, ").await?;
        send_escaped(connection, name).await?;
        connection.send(b"!</h1>\n").await?;
    } else {
        connection.send(b"<h1>Hello!</h1>\n<p>This page comes from a server that fits a microcontroller.</p>\n").await?;
    }
    connection.send(FORM.as_bytes()).await
}
