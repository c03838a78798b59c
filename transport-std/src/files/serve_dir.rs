//! `ServeDir`: resolves the path of a request to a file, an index, a listing, a redirect or 404.
//!
//! Invariant: each request looks the root up and reads the directory again, and what may not be served is answered as what
//! does not exist.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bantam::wire::{Headers, Method, MethodSet, Status};
use bantam::{Connection, Fields, Refusal, Rejection, RequestDetails, Response, Site};
use cap_std::fs::Dir;

use super::cache_control::is_cache_control;
use super::chosen_by::ChosenBy;
use super::extension::extension;
use super::facts::FactCache;
use super::file::FileResponse;
use super::listing::Listing;
use super::listing_load::ListingLoad;
use super::negotiate::{Finder, Named};
use super::open::{Opened, Symlinks, io_failure};
use super::path::{RequestPath, dir_reference};
use super::root::Root;

const ALLOW: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);
static NO_ROOT: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
    .reason("The files are not there at the moment.")
    .fields(&[("Retry-After", "1")]);

/// A directory on disk, as a [`Site`]: GET and HEAD of its files.
///
/// * Conditional requests and single ranges; `index.html` for a directory; 308 to the path with a slash at its end.
/// * An `ETag`, made of the content of a file of up to 256 KB, which is the same on every machine, and of size, inode, and
///   times of modification and change of a larger one, which is not. The latter is weak for a file that was changed within
///   the last two seconds: it may change again without another time.
/// * `Last-Modified`, but not within the second that it names, in the future or before 1990. `If-Range` with a date is
///   honoured only where the file has not been touched since the second of its modification time (RFC 9110 section
///   8.8.2.2): not for copies that kept the time of their original.
/// * The media type of the name; `charset=utf-8` for text whose first 16 KB do not show another encoding.
/// * `x.br`, `x.zst` or `x.gz` is sent for `x` to clients that accept the coding, even if it is older than `x`, and if `x` is
///   gone: remove them with `x`. Text states the charset that `x` shows when the other is first sent.
/// * Names that begin with a dot are 404, except `.well-known`.
/// * The root is a path, and is looked up for every request: a link to another release, or a directory that is removed and
///   made again, is served from the next request on. While there is none, the response is 503.
/// * Below a prefix ([`bantam::routes!`], `USE "/files" => |app| &app.files`) the path behind it is the path of the file. Redirects
///   and the links of listings are relative references, so that a proxy may remove a prefix, too.
/// * What is not there is refused with [`Rejection::NoRoute`]: [`Site::or`] and `..` of `routes!` then ask the next site, so that
///   files may stand before pages and behind them. A method other than GET and HEAD of a file that is there is refused
///   with [`Rejection::MethodNotAllowed`].
///
/// Opening and reading a file block the thread until the disk answers.
#[derive(Debug)]
pub struct ServeDir {
    root: Root,
    hidden: bool,
    listing: bool,
    fallback_file: Option<PathBuf>,
    cache_control: Option<String>,
    cache: FactCache,
    listing_load: ListingLoad,
}

/// A method of [`ServeDir`] got a value that it cannot use. Formats as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOption(String);

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidOption {}

/// The response that a path resolves to.
enum Resolved {
    File(Box<FileResponse>),
    Directory(Listing, Dir),
    /// To this directory, with a slash at the end of its path.
    Redirect,
    NotFound,
    /// The root itself is not there.
    NoRoot,
}

impl ServeDir {
    /// Serves the directory at a path, whichever it is at a request. A relative path is below the current directory of this
    /// moment.
    ///
    /// # Errors
    /// The system's: the path does not exist now, is not a directory, or may not be read.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let root = Root::open(path.as_ref())?;
        Ok(Self {
            root,
            hidden: false,
            listing: false,
            fallback_file: None,
            cache_control: None,
            cache: FactCache::default(),
            listing_load: ListingLoad::default(),
        })
    }

    /// Sets which symbolic links are followed. Default: [`Symlinks::Inside`].
    #[must_use]
    pub const fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.root.symlinks = symlinks;
        self
    }

    /// Serves names that begin with a dot. Default: only `.well-known`.
    #[must_use]
    pub const fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Lists directories that have no `index.html`. Default: they are 404.
    ///
    /// A listing reads up to 20,000 entries, and sorts the first 5,000 of them as far as they fit 512 KB. Eight listings at
    /// a time may do so; others wait for a second, and then sort what fits 8 KB. Listings let other connections run between
    /// entries, and one for each processor runs at a time. 64 read a directory at a time; others wait for up to five seconds,
    /// and are then answered 503.
    #[must_use]
    pub const fn listing(mut self, listing: bool) -> Self {
        self.listing = listing;
        self
    }

    /// Sets `Cache-Control` of every file. Default: `no-cache`, so that caches validate each use.
    ///
    /// # Errors
    /// [`InvalidOption`] if the value is not a list of directives (RFC 9111 section 5.2).
    pub fn cache_control(mut self, value: &str) -> Result<Self, InvalidOption> {
        if !is_cache_control(value) {
            return Err(InvalidOption(format!(
                "{value:?} is not a Cache-Control, such as \"public, max-age=3600\""
            )));
        }
        self.cache_control = Some(value.to_owned());
        Ok(self)
    }

    /// Sends this file, a path below the root, instead of 404 to a GET that accepts `text/html`: for single-page
    /// applications, which route in the browser. A site behind this one is then asked for the rest, and has to say `Vary: Accept` itself.
    ///
    /// # Errors
    /// [`InvalidOption`] if there is no such file.
    pub fn spa(mut self, file: &str) -> Result<Self, InvalidOption> {
        let url = format!("/{}", file.replace('%', "%25"));
        let path = RequestPath::parse(&url, true).filter(|path| !path.is_dir);
        let opened =
            path.as_ref().zip(self.root.look_up().ok()).map(|(path, root)| root.open_path(&path.path));
        match (opened, path) {
            (Some(Ok(Some(Opened::File(..)))), Some(path)) => {
                self.fallback_file = Some(path.path.into_owned());
            }
            _ => return Err(InvalidOption(format!("{file} is not a file below the root"))),
        }
        Ok(self)
    }

    fn resolve<C: Connection>(&self, details: &RequestDetails<'_, C>) -> io::Result<Resolved> {
        let headers = &details.headers;
        let Some(mut path) = RequestPath::parse(details.rest(), self.hidden) else {
            return Ok(Resolved::NotFound);
        };
        // Behind a prefix the root is `/` with and without a slash, and relative links of its index need one.
        path.is_dir &= details.uri.path.ends_with('/');
        let Ok(root) = self.root.look_up() else { return Ok(Resolved::NoRoot) };
        let mut chosen_by = ChosenBy::default();
        let finder = Finder { root: &root, cache: &self.cache, headers };
        if path.is_dir {
            // The directory itself is opened only to be listed.
            if let Named::File(file) = finder.find(&path.path.join("index.html"), &mut chosen_by)? {
                return Ok(Resolved::File(file));
            }
            if self.listing
                && let Some(Opened::Directory(dir)) = root.open_path(&path.path)?
            {
                let (path, hidden) = (path.path.into_owned(), self.hidden);
                return Ok(Resolved::Directory(Listing { root, path, hidden, chosen_by }, dir));
            }
        } else {
            match finder.find(&path.path, &mut chosen_by)? {
                Named::File(file) => return Ok(Resolved::File(file)),
                Named::Directory => return Ok(Resolved::Redirect),
                Named::Nothing => {}
            }
        }
        if let Some(fallback) = &self.fallback_file {
            chosen_by.accept = true;
            if names_html(headers)
                && let Named::File(file) = finder.find(fallback, &mut chosen_by)?
            {
                return Ok(Resolved::File(file));
            }
        }
        Ok(Resolved::NotFound)
    }
}

impl Site for ServeDir {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        // RFC 9110 section 9.3.7: the asterisk asks for the server as a whole.
        if details.uri.path == "*" {
            return Err(Rejection::MethodNotAllowed(ALLOW).into());
        }
        let resolved = match self.resolve(details) {
            Ok(resolved) => resolved,
            Err(error) => return Err(io_failure::<C>(&error)),
        };
        match resolved {
            Resolved::NotFound => Err(Rejection::NoRoute.into()),
            Resolved::NoRoot => Err(details.refuse(&NO_ROOT)),
            _ if !matches!(details.method, Method::Get | Method::Head) => {
                Err(Rejection::MethodNotAllowed(ALLOW).into())
            }
            Resolved::File(file) => file.respond(details, self.cache_control.as_deref()).await,
            Resolved::Directory(listing, dir) => {
                // Boxed: what is held across an await is memory of every connection.
                Box::pin(listing.respond(details, &dir, &self.listing_load)).await
            }
            Resolved::Redirect => {
                let query = details.uri.query.map(|query| format!("?{query}")).unwrap_or_default();
                let location = dir_reference(details.uri.path) + &query;
                let fields = [("Location", &*location)];
                let response = Response::new(Status::PERMANENT_REDIRECT).headers(&fields);
                details.connection.make_response(response.body(b"")).await
            }
        }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        if fields.status() != Status::NOT_FOUND {
            return;
        }
        // With another `Accept` there is a page.
        if self.fallback_file.is_some() {
            fields.append("Vary", "Accept");
        }
        // With another `Accept-Encoding` there may be a file in a coding.
        let head = fields.request();
        let path = head.as_ref().and_then(|head| RequestPath::parse(head.uri.path, true));
        if path.is_some_and(|path| path.is_dir || extension(&path.path).is_some()) {
            fields.append("Vary", "Accept-Encoding");
        }
    }
}

/// Returns true if `Accept` names `text/html` itself: `*/*` comes with requests for images and data, too.
fn names_html(headers: &Headers<'_>) -> bool {
    headers.qualities("accept").any(|accept| accept.item.eq_ignore_ascii_case(b"text/html") && accept.q > 0)
}
