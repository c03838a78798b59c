//! `/live`: draws what `/api/live` sends.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

const PAGE: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bantam, live</title>
<link rel="stylesheet" href=""#,
    asset!("style.css"),
    r#"">
<style>
svg { width: 100%; height: 6rem; border-bottom: 1px solid var(--edge) }
polyline { fill: none; stroke: var(--comb); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round }
dl { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; margin: 1rem 0 }
dt { color: var(--soft) }
dd { margin: 0; text-align: right; font-weight: 600; font-variant-numeric: tabular-nums }
</style>
<main>
<h1>Live</h1>
<p>What this server does now, a line a second over server-sent events.</p>
<noscript><p>The lines are drawn by a script. Without one, the numbers are at <a href="api/live">api/live</a>.</p></noscript>
<svg viewBox="0 0 59 32" preserveAspectRatio="none" role="img" aria-label="Requests a second, in the last minute"><polyline/></svg>
<dl></dl>
<p id="state" role="status">Connecting</p>
<nav><a href="./">Back</a></nav>
</main>
<script src=""#,
    asset!("live.js"),
    r#""></script>
"#
);

/// The page, which draws with a script.
pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let html = Response::new(Status::OK).headers(&[("Content-Type", "text/html; charset=utf-8")]);
    details.connection.make_response(html.body(PAGE.as_bytes())).await
}
