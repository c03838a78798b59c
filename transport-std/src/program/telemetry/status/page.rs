//! The status page: HTML with the numbers of this moment, events with those of each second, and JSON.
//!
//! Invariant: a browser runs nothing but the script of the page, and gets no element from a value.

use std::fmt::Write as _;
use std::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Connection, Refusal, RequestDetails, Response, escape};

use super::server::ServerStatus;
use super::snapshot::Snapshot;

const INTERVAL: Duration = Duration::from_secs(1);
/// The milliseconds after which a browser connects again.
const RETRY: u32 = 1_000;

const STYLE: &str = include_str!("status.css");
const SCRIPT: &str = include_str!("status.js");
/// With the SHA-256 of [`STYLE`] and of [`SCRIPT`]; a test computes them.
const POLICY: &str = "default-src 'none'; style-src 'sha256-QYW+Vwrkx0opbb1kgb85dn20l8ABa9vVoz1VufdG8NI='; \
    script-src 'sha256-i0anGSTPPpDvLYKZpcLFJFoQyT34qo9OH37o4ZtXzyk='; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const NO_REFUSALS: &str = "No request has been refused.";

static TOO_MANY: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
    .reason("Too many status pages are open.")
    .fields(&[("Retry-After", "5")]);

/// `/-/status`: the page, or JSON for a client that prefers it.
pub(in super::super) async fn page<C: Connection>(
    status: &ServerStatus,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let snapshot = status.snapshot();
    let (content_type, text) = if details.headers.prefers_json() {
        ("application/json", snapshot.json())
    } else {
        ("text/html; charset=utf-8", html(&snapshot))
    };
    let fields = [
        ("Content-Type", content_type),
        ("Cache-Control", "no-store"),
        ("Vary", "Accept"),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ];
    let response = Response::new(Status::OK).headers(&fields).body(text.as_bytes());
    details.connection.make_response(response).await
}

/// `/-/status/events`: the numbers at once, and then each second, until the client has gone or the program ends.
pub(in super::super) async fn events<C: Connection>(
    status: &ServerStatus,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let Some(_viewer) = status.viewers.enter() else { return Err(details.refuse(&TOO_MANY)) };
    let Some(mut events) = details.events().await? else { return Ok(()) };
    loop {
        let data = status.snapshot().event();
        events.send(&Event::new(&data).retry(RETRY)).await?;
        drop(data);
        if events.pause(INTERVAL).await.is_none() {
            return Ok(());
        }
    }
}

fn html(snapshot: &Snapshot) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>bantam, status</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>{STYLE}</style>\n<main>\n<header><h1>bantam</h1><p id=\"feed\" role=\"status\">As of now</p></header>\n\
         <section>\n<h2>Requests a second, in the last minute</h2>\n\
         <svg viewBox=\"0 0 59 320\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"A line of the requests \
         of each second\"><polyline id=\"line\" points=\"{}\"/></svg>\n</section>\n<dl>\n",
        snapshot.points()
    );
    // Writing to memory does not fail.
    for row in snapshot.rows() {
        let (key, label, value) = (row.key, row.label, escape(&*row.value));
        let _ = writeln!(page, "<div><dt>{label}</dt><dd id=\"{key}\">{value}</dd></div>");
    }
    let _ = write!(
        page,
        "</dl>\n<section>\n<h2>Latest refusals</h2>\n<table>\n<thead><tr><th>Time (UTC)</th><th>Client</th>\
         <th>Status</th><th>Reason</th></tr></thead>\n<tbody id=\"refusals\" data-none=\"{NO_REFUSALS}\">\n"
    );
    for refusal in &snapshot.refusals {
        page.push_str("<tr>");
        for cell in Snapshot::cells(refusal) {
            let _ = write!(page, "<td>{}</td>", escape(&*cell));
        }
        page.push_str("</tr>\n");
    }
    if snapshot.refusals.is_empty() {
        let _ = writeln!(page, "<tr><td colspan=\"4\" class=\"none\">{NO_REFUSALS}</td></tr>");
    }
    let _ = write!(
        page,
        "</tbody>\n</table>\n</section>\n<noscript><p>Without scripts the numbers are those of the last reload.</p>\
         </noscript>\n<nav><a href=\"../metrics\">Metrics</a><a href=\"../healthz\">Health</a></nav>\n</main>\n\
         <script>{SCRIPT}</script>\n"
    );
    page
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_policy_has_the_hashes_of_the_style_and_the_script() {
        for (directive, text) in [("style-src", STYLE), ("script-src", SCRIPT)] {
            let hash = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
            assert!(
                POLICY.contains(&format!("{directive} 'sha256-{hash}';")),
                "{directive} has to be {hash}"
            );
            assert!(!text.contains("</"), "an end tag would end the element");
        }
    }
}
