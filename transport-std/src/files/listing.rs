//! A directory as an HTML page, or as JSON.
//!
//! Invariant: memory, and the time between two polls, are bounded for a directory of any size; entries beyond the sorted ones
//! are sent in the order of the disk.

use std::fmt::Write as _;
use std::path::PathBuf;

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};
use cap_std::fs::{Dir, ReadDir};
use html_escape::encode_safe;

use super::chosen_by::ChosenBy;
use super::entry::{Entry, SortKey};
use super::listing_filter::{self, Filter};
use super::listing_json;
use super::listing_load::{ListingLoad, Permit, Turn};
use super::open::{RootDir, io_failure};

/// The number of entries that are sorted.
const MAX_SORTED: usize = 5_000;
/// The memory of sorted entries for which a listing needs a permit, and that of one with a permit, in bytes.
const SORTED_BYTES: [usize; 2] = [8 * 1024, 512 * 1024];
/// The number of entries that are read, listed or not.
const MAX_READ: usize = 20_000;
/// The page is sent whenever so much of it has been written, in bytes: 4 KB.
const FLUSH_SIZE: usize = 4 * 1024;
/// The number of folders in the heading that are links. Each link is as long as its distance.
const MAX_LINKS: usize = 32;
const ARCHIVE_LINK: &str = "<p><a href=\"?archive=tar.gz\" download>Download as .tar.gz</a></p>\n";
const STYLE: &str = include_str!("listing.css");
/// Works without a script. The query, which orders the listing, is not posted.
const UPLOAD_FORM: &str = "<form method=\"post\" action=\"./\" enctype=\"multipart/form-data\">\n\
    <p><label>Files for this folder <input type=\"file\" name=\"files\" multiple required></label> \
    <button>Upload</button></p>\n</form>\n";

/// How a directory is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Html,
    Json,
}

/// The order that the query asks for.
#[derive(Clone, Copy, Debug)]
struct Order {
    key: SortKey,
    descending: bool,
}

impl Order {
    fn of<C: Connection>(details: &RequestDetails<'_, C>) -> Self {
        let query = details.query();
        let sort = query.first("sort");
        let key = SortKey::ALL.into_iter().find(|(_, name, _)| sort.is_some_and(|sort| sort == *name));
        Self {
            key: key.map_or(SortKey::Name, |(key, ..)| key),
            descending: query.first("order").is_some_and(|order| order == "desc"),
        }
    }
}

/// A directory to list: its path below the root, whether to list hidden names, and by which fields it was chosen.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) root: RootDir,
    pub(super) path: PathBuf,
    pub(super) hidden: bool,
    pub(super) chosen_by: ChosenBy,
    /// The page offers the directory as an archive.
    pub(super) has_archive: bool,
    /// The page has a form that uploads files.
    pub(super) takes_files: bool,
}

/// The rows of a directory as they are read.
struct Rows<'l> {
    listing: Listing,
    format: Format,
    filter: Filter,
    written: usize,
    /// Closed at the end: its buffer is not held while the rest is sent.
    entries: Option<(ReadDir, Permit<'l>)>,
    read: usize,
    /// Entries are left out.
    has_more: bool,
    turn: Turn<'l>,
}

impl Rows<'_> {
    /// The next entry that is listed. `None` at the end, or after so many entries that the others are left out.
    async fn next<C: Connection>(&mut self, connection: &mut C) -> Result<Option<Entry>, C::Error> {
        loop {
            self.turn.step(connection).await?;
            let Some((entries, _)) = &mut self.entries else { return Ok(None) };
            let entry = entries.next();
            self.has_more = self.read == MAX_READ && entry.is_some();
            let Some(entry) = entry.filter(|_| !self.has_more) else {
                self.entries = None;
                return Ok(None);
            };
            self.read += 1;
            let Listing { root, path, hidden, .. } = &self.listing;
            let entry =
                entry.ok().filter(|entry| self.filter.is_empty() || self.filter.takes(&entry.file_name()));
            if let Some(row) = entry.and_then(|entry| Entry::read(root, path, &entry, *hidden)) {
                return Ok(Some(row));
            }
        }
    }

    /// Appends a row to the page, and sends it if it is long enough.
    async fn write<C: Connection>(
        &mut self,
        page: &mut String,
        row: &Entry,
        connection: &mut C,
    ) -> Result<(), C::Error> {
        self.turn.step(connection).await?;
        match self.format {
            Format::Html => row.write(page),
            Format::Json => listing_json::push(page, row, self.written == 0),
        }
        self.written += 1;
        if page.len() >= FLUSH_SIZE {
            self.turn.rest();
            connection.send(page.as_bytes()).await?;
            page.clear();
        }
        Ok(())
    }
}

impl Listing {
    /// Answers a GET, or a HEAD, whose head states the length of the GET, by `Accept` in JSON or HTML; 503 if too many others are under way. The memory is that of the sorted entries, one row beyond,
    /// 4 KB of the page, and the buffer of the directory until it has been read.
    pub(super) async fn respond<C: Connection>(
        self,
        details: &mut RequestDetails<'_, C>,
        dir: &Dir,
        load: &ListingLoad,
    ) -> Result<(), C::Error> {
        let mut turn = load.begin();
        let permit = turn.open_permit(details.connection).await?.ok_or(Rejection::Busy)?;
        let entries = Some((dir.entries().map_err(|error| io_failure::<C>(&error))?, permit));
        let (format, media_type) = match details.headers.prefers_json() {
            true => (Format::Json, "application/json"),
            false => (Format::Html, "text/html; charset=utf-8"),
        };
        let fields = [
            ("Vary", ChosenBy { accept: true, ..self.chosen_by }.vary().unwrap_or_default()),
            ("Content-Type", media_type),
            ("Cache-Control", "no-cache"),
            ("Content-Security-Policy", listing_filter::POLICY),
        ];
        details.connection.make_response(Response::new(Status::OK).headers(&fields)).await?;
        let (order, filter) = (Order::of(details), Filter::of(&details.query()));
        let mut rows =
            Rows { listing: self, format, filter, written: 0, entries, read: 0, has_more: false, turn };
        let (mut sorted, mut bytes, mut permit) = (Vec::new(), 0, None);
        let mut next = rows.next(details.connection).await?;
        while let Some(row) = next.take_if(|_| sorted.len() < MAX_SORTED) {
            bytes += row.memory();
            if bytes > SORTED_BYTES[0] && permit.is_none() {
                permit = rows.turn.sort_permit(details.connection).await?;
            }
            if bytes > SORTED_BYTES[usize::from(permit.is_some())] {
                next = Some(row);
                break;
            }
            sorted.push(row);
            next = rows.next(details.connection).await?;
        }
        sorted.shrink_to_fit();
        Entry::sort(&mut sorted, order.key, order.descending);
        let (count, is_empty) = (sorted.len(), sorted.is_empty() && next.is_none());
        let mut page = match format {
            Format::Html => {
                page_head(&rows.listing, order, &rows.filter, is_empty, next.as_ref().map(|_| count))
            }
            Format::Json => listing_json::START.to_owned(),
        };
        for row in sorted {
            rows.write(&mut page, &row, details.connection).await?;
        }
        drop(permit);
        while let Some(row) = next {
            rows.write(&mut page, &row, details.connection).await?;
            next = rows.next(details.connection).await?;
        }
        match format {
            Format::Html => push_end(&mut page, rows.has_more, rows.listing.takes_files),
            Format::Json => listing_json::push_end(&mut page, count, rows.has_more),
        }

        rows.turn.rest();
        details.connection.send(page.as_bytes()).await
    }
}

/// Everything behind the last row.
fn push_end(page: &mut String, has_more: bool, takes_files: bool) {
    page.push_str("</tbody>\n</table>\n");
    if has_more {
        let _ = writeln!(page, "<p>The folder has more entries; {MAX_READ} were read.</p>");
    }
    if takes_files {
        page.push_str(UPLOAD_FORM);
    }
    page.push_str("</main>\n");
    listing_filter::push_script(page);
}

/// Everything before the first row.
fn page_head(
    listing: &Listing,
    order: Order,
    filter: &Filter,
    empty: bool,
    unsorted_after: Option<usize>,
) -> String {
    let path = &listing.path;
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
        let (levels, name) = (depth - 1 - number, name.to_string_lossy());
        let name = encode_safe(&name);
        let _ = if levels < MAX_LINKS {
            write!(page, "<wbr><a href=\"{}\">{name}/</a>", up(levels))
        } else {
            write!(page, "<wbr>{name}/")
        };
    }
    page.push_str("</h1>\n");
    let name =
        SortKey::ALL.into_iter().find(|(key, ..)| *key == order.key).map_or("name", |(_, name, _)| name);
    filter.push_box(&mut page, name, if order.descending { "desc" } else { "asc" });
    match unsorted_after {
        Some(0) => page.push_str("<p>The entries are not sorted.</p>\n"),
        Some(count) => {
            let _ = writeln!(page, "<p>The first {count} entries are sorted; those after them are not.</p>");
        }
        None => {}
    }
    if listing.has_archive {
        page.push_str(ARCHIVE_LINK);
    }
    page.push_str("<table>\n<thead><tr>");
    for (key, name, label) in SortKey::ALL {
        // A link to the current order reverses it.
        let (sorted, other, mark) = match (key == order.key, order.descending) {
            (true, false) => (" aria-sort=\"ascending\"", "desc", " ▴"),
            (true, true) => (" aria-sort=\"descending\"", "asc", " ▾"),
            (false, _) => ("", "asc", ""),
        };
        let _ = write!(page, "<th{sorted}><a href=\"?sort={name}&amp;order={other}");
        filter.push_query(&mut page);
        let _ = write!(page, "\">{label}{mark}</a></th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    if !path.as_os_str().is_empty() {
        page.push_str("<tr><td class=\"folder\"><a href=\"../\">..</a></td><td></td><td></td></tr>\n");
    }
    if empty && !filter.is_empty() {
        page.push_str("<tr><td colspan=\"3\" class=\"none\">No name has this.</td></tr>\n");
    } else if empty && path.as_os_str().is_empty() {
        page.push_str("<tr><td colspan=\"3\" class=\"none\">Nothing is here.</td></tr>\n");
    }
    page
}
