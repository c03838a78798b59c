//! A page that answers back: with the request's own body, as it comes, however long it is.

use bantam::wire::{Method, Status, decimal};
use bantam::{Connection, RequestDetails, Response};

/// POST and PUT bring something to be sent back; GET brings help.
pub const ALLOW: &str = "GET, HEAD, POST, PUT";

const HELP: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam answers back</title>
<link rel="stylesheet" href="/style.css">
<main>
<h1>Echo</h1>
<p>What you POST or PUT here comes back as it is:</p>
<pre>curl -T file http://…/echo</pre>
<form method="post" enctype="text/plain">
<label for="text">Or try it here:</label>
<input id="text" name="text" value="cock-a-doodle-doo">
<button>Send</button>
</form>
<nav><a href="/">Back</a></nav>
</main>
"#;

/// Sends the body back through 512 bytes of memory.
pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let connection = &mut *details.connection;
    if matches!(details.method, Method::Get | Method::Head) {
        let html = [("Content-Type", "text/html; charset=utf-8")];
        return connection.make_response(Response::new(Status::OK).headers(&html).body(HELP.as_bytes())).await;
    }
    // The body is asked for before the answer is made: a client that waits for 100 (Continue) sends nothing until then.
    let mut memory = [0; 512];
    let mut count = connection.recv(&mut memory).await?;

    let content_type = details.headers.text("content-type").filter(|text| text.is_ascii());
    // What comes back is the sender's, but the browser is not to take it for anything it did not say it was.
    let headers = [
        ("Content-Type", content_type.unwrap_or("application/octet-stream")),
        ("X-Content-Type-Options", "nosniff"),
    ];
    let mut response = Response::new(Status::OK).headers(&headers);
    if let Some(Ok((_, length))) = details.headers.first("content-length").map(decimal) {
        response = response.length(length);
    }
    connection.make_response(response).await?;
    while count > 0 {
        connection.send(memory.get(..count).unwrap_or(&[])).await?;
        count = connection.recv(&mut memory).await?;
    }
    Ok(())
}
