//! Law: a folder of any size is listed in bounded memory: what is more than can be sorted is sent as it comes.

use std::fmt::Write as _;
use std::path::Path;

use bantam::wire::{Method, Status};
use bantam::{Connection, RequestDetails, Response};
use cap_std::fs::Dir;
use html_escape::encode_safe;

use super::ServeDir;
use super::entry::{Key, Row};
use super::open::failure;
use super::path::{Wanted, as_folder, encode};

/// The most entries that are sorted, and so held: 5,000.
const SORTED: usize = 5_000;
/// How much of the page is collected before it is sent, in bytes: 16 KB.
const PIECE: usize = 16 * 1024;
const STYLE: &str = include_str!("listing.css");

/// How this listing is to be sorted.
#[derive(Clone, Copy, Debug)]
struct Order {
    key: Key,
    down: bool,
}

/// Where a folder really is: its own path with a slash behind it, and the query that was asked with.
pub(super) fn location<C: Connection>(details: &RequestDetails<'_, C>) -> String {
    let mut location = Wanted::of(details.uri.path, true).as_ref().map(as_folder).unwrap_or_default();
    if let Some(query) = details.uri.query {
        let _ = write!(location, "?{query}");
    }
    location
}

/// Answers a GET or HEAD for a folder.
pub(super) async fn answer<C: Connection>(
    root: &ServeDir,
    details: &mut RequestDetails<'_, C>,
    folder: Dir,
) -> Result<(), C::Error> {
    let entries = folder.entries().map_err(|error| failure::<C>(&error))?;
    {
        let mut fields = root.policy(&details.headers, "");
        fields.extend([
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-cache"),
            // Whatever a name may come to, it is not run.
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ]);
        details.connection.make_response(Response::new(Status::OK).headers(&fields)).await?;
    }
    if details.method == Method::Head {
        return Ok(());
    }
    let path = Wanted::of(details.uri.path, true).map(|wanted| wanted.path).unwrap_or_default();
    let rows = entries.filter_map(move |entry| entry.ok());
    // In the heap: what is held while the peer reads is memory of every connection.
    let mut rows = Box::new(rows.filter_map({
        let path = path.clone();
        move |entry| Row::of(&root.tree, &path, &entry, root.hidden)
    }));
    let order = order(details);
    let mut first: Vec<Row> = rows.by_ref().take(SORTED).collect();
    let next = rows.next();
    first.sort_by(|a, b| a.compare(b, order.key, order.down));
    let mut page = Box::new(top(&path, order, first.is_empty(), next.is_some()));
    let mut rows = Box::new(first.into_iter().chain(next).chain(rows));
    for row in rows.by_ref() {
        row.write(&mut page);
        if page.len() >= PIECE {
            details.connection.send(page.as_bytes()).await?;
            page.clear();
        }
    }
    page.push_str("</tbody>\n</table>\n</main>\n");
    details.connection.send(page.as_bytes()).await
}

fn order<C: Connection>(details: &RequestDetails<'_, C>) -> Order {
    let query = details.parsers().query();
    let asked = query.first("sort");
    let key = Key::ALL.into_iter().find(|(_, name, _)| asked.is_some_and(|asked| asked == *name));
    Order {
        key: key.map_or(Key::Name, |(key, ..)| key),
        down: query.first("order").is_some_and(|o| o == "desc"),
    }
}

/// Everything before the first row.
fn top(path: &Path, order: Order, empty: bool, many: bool) -> String {
    let shown = path.to_string_lossy();
    let title = if shown.is_empty() { "/".into() } else { format!("/{}/", encode_safe(&shown)) };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n<main>\n<h1>"
    );
    let mut link = String::from("/");
    let _ = write!(page, "<a href=\"/\" title=\"The root\">/</a>");
    for name in path {
        let _ = write!(link, "{}/", encode(name.as_encoded_bytes()));
        let _ = write!(page, "<wbr><a href=\"{link}\">{}/</a>", encode_safe(&name.to_string_lossy()));
    }
    page.push_str("</h1>\n");
    if many {
        let _ = writeln!(
            page,
            "<p>More than {SORTED} entries: those after the first {SORTED} are not sorted.</p>"
        );
    }
    page.push_str("<table>\n<thead><tr>");
    for (key, name, label) in Key::ALL {
        // A second click turns it round.
        let (sorted, other, mark) = match (key == order.key, order.down) {
            (true, false) => (" aria-sort=\"ascending\"", "desc", " ▴"),
            (true, true) => (" aria-sort=\"descending\"", "asc", " ▾"),
            (false, _) => ("", "asc", ""),
        };
        let _ = write!(page, "<th{sorted}><a href=\"?sort={name}&amp;order={other}\">{label}{mark}</a></th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    if !path.as_os_str().is_empty() {
        page.push_str("<tr><td class=\"folder\"><a href=\"../\">..</a></td><td></td><td></td></tr>\n");
    } else if empty {
        page.push_str("<tr><td colspan=\"3\" class=\"none\">Nothing is here.</td></tr>\n");
    }
    page
}
