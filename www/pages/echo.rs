//! Law: what comes goes back as it is, however long it is, through 512 bytes of memory.

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

/// What a body is taken for that does not say what it is.
const UNKNOWN: &str = "application/octet-stream";

/// A longer `Content-Type` might not fit the response buffer of a device.
const LONGEST_TYPE: usize = 90;

/// Sends the body back, or help.
pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let connection = &mut *details.connection;
    if matches!(details.method, Method::Get | Method::Head) {
        let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
        return connection.make_response(html.body(HELP.as_bytes())).await;
    }
    // The body is asked for before the answer is made: a client that waits for 100 (Continue) sends nothing until then.
    // Kept across waits, and so a part of what every connection costs: small.
    let mut memory = [0; 128];
    let mut count = connection.recv(&mut memory).await?;

    let content_type = details.headers.text("content-type").filter(|text| is_sendable(text));
    // What comes back is the sender's, but the browser is not to take it for anything it did not say it was.
    let headers = [("Content-Type", content_type.unwrap_or(UNKNOWN)), ("X-Content-Type-Options", "nosniff")];
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

/// Can this stand in the answer? Visible ASCII and spaces, and no more of it than fits.
fn is_sendable(content_type: &str) -> bool {
    let visible = content_type.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    visible && (1..=LONGEST_TYPE).contains(&content_type.len())
}
