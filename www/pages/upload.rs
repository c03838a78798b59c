//! `/upload`: takes files of any size from a form through 512 bytes, and answers with the name, the size and the SHA-256 of each part.
//!
//! Invariant: what a peer calls its files is escaped, and is the name of nothing here.

use bantam::wire::Status;
use bantam::{Connection, PageError, Rejection, RequestDetails, Response, escape};
use sha2::{Digest, Sha256};

use crate::digits::ByteCount;

const TOP: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam takes files</title>
<link rel="stylesheet" href=""#,
    asset!("style.css"),
    r#"">
<style>progress { width: 100%; accent-color: var(--comb) } li { overflow-wrap: anywhere } b { color: var(--ink) }</style>
<main>
<h1>Upload</h1>
"#
);
/// The form works without its script, which adds the progress and keeps the page.
const FORM: &str = r#"<p>Files of any size, read through 512 bytes. Nothing is kept.</p>
<form method="post" enctype="multipart/form-data">
<label for="files">Your files</label>
<input id="files" type="file" name="files" multiple required>
<button>Upload</button>
</form>
<progress max="1" value="0" hidden></progress>
<div id="results" role="status"></div>
<nav><a href="./">Back</a></nav>
</main>
<script>
const [form, button, bar, results] = ['form', 'button', 'progress', '#results'].map(s => document.querySelector(s))
form.onsubmit = event => {
  event.preventDefault()
  const request = new XMLHttpRequest
  request.open('POST', location.href)
  request.responseType = 'document'
  request.upload.onprogress = event => { bar.max = event.total; bar.value = event.loaded }
  request.onloadend = () => {
    const list = request.response?.querySelector('#results ol')
    results.replaceChildren(list ?? 'The upload failed. ' + (request.status || ''))
    bar.hidden = true
    button.disabled = false
  }
  results.replaceChildren()
  bar.value = 0
  bar.hidden = false
  button.disabled = true
  request.send(new FormData(form))
}
</script>
"#;
const LIST: &str = "<div id=\"results\">\n<ol>\n";
const BAD: &str = "<li class=\"piece\" role=\"alert\">The form is not valid from here on.</li>\n";
const END: &str = "</ol>\n</div>\n<nav><a href=\"upload\">Back</a></nav>\n</main>\n";

/// The limit of parts. Each has a line in the response, which a client may read when it has sent all of its form.
const MAX_PARTS: u16 = 100;

/// The form.
pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let connection = &mut *details.connection;
    connection.make_response(html()).await?;
    connection.send(TOP.as_bytes()).await?;
    connection.send(FORM.as_bytes()).await
}

/// Answers with a line for each part. A form that is not valid is refused as long as no line has been made; later its line says so.
pub async fn post<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    // The memory is part of the future, and so of the RAM of every connection.
    let mut memory = [0; 512];
    let mut form = details.multipart(&mut memory)?.max_parts(MAX_PARTS);
    let mut has_begun = false;
    let result = loop {
        let mut part = match form.next_part().await {
            Ok(Some(part)) => part,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        let (mut hash, mut size) = (Sha256::new(), ByteCount::default());
        let read = loop {
            match part.data().await {
                Ok(Some(bytes)) => {
                    hash.update(bytes);
                    size.add(bytes.len());
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if let Err(error) = read {
            break Err(error);
        }
        let (head, connection) = part.split();
        if !has_begun {
            has_begun = true;
            connection.make_response(html()).await?;
            connection.send(TOP.as_bytes()).await?;
            connection.send(LIST.as_bytes()).await?;
        }
        connection.send(b"<li class=\"piece\"><b>").await?;
        for (name, behind) in [(Some(head.name), "</b> "), (head.file_name, "<br>")] {
            if let Some(mut name) = name.map(|name| escape(name).pieces()) {
                while let Some(piece) = name.next_piece() {
                    connection.send(piece.as_bytes()).await?;
                }
            }
            connection.send(behind.as_bytes()).await?;
        }
        let mut text = [0; 20];
        let length = size.write(&mut text);
        connection.send(text.get(..length).unwrap_or(&[])).await?;
        connection.send(b" bytes<br><code>").await?;
        for byte in hash.finalize() {
            let hex = [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit & 15)]);
            connection.send(&hex).await?;
        }
        connection.send(b"</code></li>\n").await?;
    };
    let connection = form.connection();
    match result {
        Ok(()) if has_begun => {}
        Ok(()) => return Err(Rejection::BadInput.into()),
        Err(error) if has_begun && error.rejection().is_some() => connection.send(BAD.as_bytes()).await?,
        Err(error) => return Err(error),
    }
    connection.send(END.as_bytes()).await
}

fn html() -> Response<'static> {
    Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")])
}
