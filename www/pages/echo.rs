//! `/echo`: sends the body of a POST or PUT back, of any length, through a buffer of 128 bytes.

use bantam::wire::{Method, Status, decimal};
use bantam::{Connection, RequestDetails, Response};

/// POST and PUT send a body; GET returns a form.
pub const ALLOW: &str = "GET, HEAD, POST, PUT";

const FORM: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam answers back</title>
<link rel="stylesheet" href=""#,
    asset!("style.css"),
    r#"">
<main>
<h1>Echo</h1>
<p>What you POST or PUT here comes back as it is:</p>
<pre>curl -T file http://…/echo</pre>
<form method="post" enctype="text/plain">
<label for="text">Or try it here:</label>
<input id="text" name="text" value="cock-a-doodle-doo">
<button>Send</button>
</form>
<nav><a href="./">Back</a></nav>
</main>
"#
);

/// The type of a body without a usable `Content-Type`.
const DEFAULT_TYPE: &str = "application/octet-stream";

/// The longest `Content-Type` that is returned: the response head has to fit the buffer of a device.
const MAX_TYPE: usize = 90;

/// Sends the body back, or the form.
pub async fn request_handler<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let connection = &mut *details.connection;
    if matches!(details.method, Method::Get | Method::Head) {
        let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
        return connection.make_response(html.body(FORM.as_bytes())).await;
    }
    // Read before the response is made: a client that expects 100 (Continue) sends no body until then. The buffer is part of
    // the future, and so of the RAM of every connection.
    let mut memory = [0; 128];
    let mut count = connection.recv(&mut memory).await?;

    let content_type = details.headers.text("content-type").filter(|text| is_sendable(text));
    // `nosniff`: a browser must not run the sender's bytes as another type than the stated one.
    let headers =
        [("Content-Type", content_type.unwrap_or(DEFAULT_TYPE)), ("X-Content-Type-Options", "nosniff")];
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

/// Returns true if the value is visible ASCII and spaces, at most [`MAX_TYPE`] bytes.
fn is_sendable(content_type: &str) -> bool {
    let visible = content_type.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    visible && (1..=MAX_TYPE).contains(&content_type.len())
}
