//! `/chat`: a chat between everyone that has it open, over the WebSocket of `/api/chat`.
//!
//! Invariant: what others say is text in the page, never markup.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

const PAGE: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam, chat</title>
<link rel="stylesheet" href=""#,
    asset!("style.css"),
    r#"">
<style>
ol { height: 16rem; overflow-y: auto; padding: .25rem 0; border-bottom: 1px solid var(--edge); overflow-wrap: anywhere }
ol b { color: var(--comb); margin-right: .5rem }
#name { grid-column: 1 / -1 }
.own { color: var(--soft); font-style: italic }
</style>
<main>
<h1>Chat</h1>
<p>With everyone that has this page open. The last 16 messages are kept, in 2 KB.</p>
<noscript><p>The chat needs a script: it is a WebSocket.</p></noscript>
<ol role="log" tabindex="0" aria-label="Messages"></ol>
<form>
<label for="name">Your name and your message</label>
<input id="name" maxlength="20" placeholder="Name" aria-label="Your name" autocomplete="nickname" required>
<input id="text" placeholder="Message" aria-label="Your message" autocomplete="off" required>
<button disabled>Send</button>
</form>
<p id="state" role="status"></p>
<nav><a href="./">Back</a></nav>
</main>
<script src=""#,
    asset!("chat.js"),
    r#""></script>
"#
);

/// The page, which chats with a script.
pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
    details.connection.make_response(html.body(PAGE.as_bytes())).await
}
