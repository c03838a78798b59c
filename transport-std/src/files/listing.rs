//! A directory as an HTML page.
//!
//! Invariant: memory is bounded for a directory of any size; entries beyond the sorted ones are sent in the order of the disk.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bantam::wire::{Method, Status};
use bantam::{Connection, RequestDetails, Response};
use cap_std::fs::Dir;
use html_escape::encode_safe;

use super::cors::{ChosenBy, Cors};
use super::entry::{Entry, SortKey};
use super::open::{RootDir, io_failure};

/// The number of entries that are held in memory and sorted.
const MAX_SORTED: usize = 5_000;
/// The page is sent whenever so much of it has been written, in bytes: 16 KB.
const FLUSH_SIZE: usize = 16 * 1024;
const STYLE: &str = include_str!("listing.css");

/// The order that the query asks for.
#[derive(Clone, Copy, Debug)]
struct Order {
    key: SortKey,
    descending: bool,
}

impl Order {
    fn of<C: Connection>(details: &RequestDetails<'_, C>) -> Self {
        let query = details.parsers().query();
        let sort = query.first("sort");
        let key = SortKey::ALL.into_iter().find(|(_, name, _)| sort.is_some_and(|sort| sort == *name));
        Self {
            key: key.map_or(SortKey::Name, |(key, ..)| key),
            descending: query.first("order").is_some_and(|order| order == "desc"),
        }
    }
}

/// A directory to list: its path below the root, and whether to list hidden names.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) root: RootDir,
    pub(super) path: PathBuf,
    pub(super) hidden: bool,
}

impl Listing {
    /// Answers a GET or HEAD.
    pub(super) async fn respond<C: Connection>(
        self,
        details: &mut RequestDetails<'_, C>,
        dir: &Dir,
        cors: &Cors,
    ) -> Result<(), C::Error> {
        let entries = dir.entries().map_err(|error| io_failure::<C>(&error))?;
        {
            let mut fields = cors.headers(&details.headers, ChosenBy::default());
            fields.extend([
                ("Content-Type", "text/html; charset=utf-8"),
                ("Cache-Control", "no-cache"),
                // Should a name escape its quotes, the browser runs nothing.
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ]);
            details.connection.make_response(Response::new(Status::OK).headers(&fields)).await?;
        }
        if details.method == Method::Head {
            return Ok(());
        }
        let order = Order::of(details);
        // Boxed: a value that is held across an await is memory of every connection.
        let mut rows = Box::new(
            entries
                .filter_map(|entry| entry.ok())
                .filter_map(|entry| Entry::read(&self.root, &self.path, &entry, self.hidden)),
        );
        let mut sorted: Vec<Entry> = rows.by_ref().take(MAX_SORTED).collect();
        let next = rows.next();
        sorted.sort_by(|a, b| a.compare(b, order.key, order.descending));
        let mut page = Box::new(page_head(&self.path, order, sorted.is_empty(), next.is_some()));
        let mut rows = Box::new(sorted.into_iter().chain(next).chain(rows));
        for row in rows.by_ref() {
            row.write(&mut page);
            if page.len() >= FLUSH_SIZE {
                details.connection.send(page.as_bytes()).await?;
                page.clear();
            }
        }
        page.push_str("</tbody>\n</table>\n</main>\n");
        details.connection.send(page.as_bytes()).await
    }
}

/// Everything before the first row.
fn page_head(path: &Path, order: Order, empty: bool, truncated: bool) -> String {
    let text = path.to_string_lossy();
    let title = if text.is_empty() { "/".into() } else { format!("/{}/", encode_safe(&text)) };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n<main>\n<h1>"
    );
    // Relative links: the root may have a prefix in front of it that a proxy has removed.
    let depth = path.iter().count();
    let up = |levels: usize| if levels == 0 { "./".to_owned() } else { "../".repeat(levels) };
    let _ = write!(page, "<a href=\"{}\" title=\"The root\">/</a>", up(depth));
    for (number, name) in path.iter().enumerate() {
        let (link, name) = (up(depth - 1 - number), name.to_string_lossy());
        let _ = write!(page, "<wbr><a href=\"{link}\">{}/</a>", encode_safe(&name));
    }
    page.push_str("</h1>\n");
    if truncated {
        let _ = writeln!(
            page,
            "<p>More than {MAX_SORTED} entries: those after the first {MAX_SORTED} are not sorted.</p>"
        );
    }
    page.push_str("<table>\n<thead><tr>");
    for (key, name, label) in SortKey::ALL {
        // A link to the current order reverses it.
        let (sorted, other, mark) = match (key == order.key, order.descending) {
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
