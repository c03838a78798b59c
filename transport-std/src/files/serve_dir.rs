//! `ServeDir`: resolves the path of a request to a file, an index, a listing, a redirect or 404.
//!
//! Invariant: each request reads the directory again, and what may not be served is answered as what does not exist.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use bantam::wire::{Headers, Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use cap_std::fs::Dir;

use super::cache_control::is_cache_control;
use super::cors::Cors;
use super::file::FileResponse;
use super::listing::Listing;
use super::open::{Opened, RootDir, Symlinks, io_failure};
use super::path::RequestPath;

const ALLOW: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);
const NOT_FOUND_PAGE: &str =
    "<!doctype html>\n<title>404 Not Found</title>\n<h1>404 Not Found</h1>\n<p>There is no such file.</p>\n";

/// A directory on disk, as a [`Site`]: GET and HEAD of its files.
///
/// * Conditional requests and single ranges; `index.html` for a directory; 308 to the path with a slash at its end.
/// * `Last-Modified`, and an `ETag` of modification time and size. The tag is weak for a file modified within the last
///   two seconds, which may change again without a new modification time.
/// * `x.br`, `x.zst` or `x.gz` is sent for `x` to clients that accept the coding, even if it is older than `x`.
/// * Names that begin with a dot are 404, except `.well-known`.
///
/// Opening and reading a file block the thread until the disk answers. [`Site::or`] puts pages in front of the files.
#[derive(Debug)]
pub struct ServeDir {
    root: RootDir,
    hidden: bool,
    listing: bool,
    fallback_file: Option<PathBuf>,
    cache_control: Option<String>,
    cors: Cors,
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
    Directory(RequestPath, Dir),
    /// To this directory, with a slash at the end of its path.
    Redirect(RequestPath),
    NotFound,
}

impl ServeDir {
    /// Opens a directory. It stays the one that is served if it is renamed later.
    ///
    /// # Errors
    /// The system's: the path does not exist, is not a directory, or may not be read.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let root = RootDir::open(path.as_ref())?;
        Ok(Self {
            root,
            hidden: false,
            listing: false,
            fallback_file: None,
            cache_control: None,
            cors: Cors::default(),
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
    /// applications, which route in the browser.
    ///
    /// # Errors
    /// [`InvalidOption`] if there is no such file.
    pub fn spa(mut self, file: &str) -> Result<Self, InvalidOption> {
        let path =
            RequestPath::parse(&format!("/{}", file.replace('%', "%25")), true).filter(|path| !path.is_dir);
        match path.map(|path| (self.root.open_path(&path.path), path.path)) {
            Some((Ok(Some(Opened::File(..))), path)) => self.fallback_file = Some(path),
            _ => return Err(InvalidOption(format!("{file} is not a file below the root"))),
        }
        Ok(self)
    }

    /// Lets scripts of this origin read the responses, `*` for every origin. Each call adds one.
    ///
    /// # Errors
    /// [`InvalidOption`] if it is not an origin.
    pub fn cors(mut self, origin: &str) -> Result<Self, InvalidOption> {
        match self.cors.allow(origin) {
            Some(()) => Ok(self),
            None => {
                Err(InvalidOption(format!("{origin:?} is not an origin, such as https://example.org, or *")))
            }
        }
    }

    fn resolve(&self, path: &str, headers: &Headers<'_>) -> io::Result<Resolved> {
        let respond = |path: &Path, file, metadata: &Metadata| {
            FileResponse::negotiate(&self.root, path, file, metadata, headers).map(Resolved::File)
        };
        let Some(path) = RequestPath::parse(path, self.hidden) else { return Ok(Resolved::NotFound) };
        match self.root.open_path(&path.path)? {
            Some(Opened::File(file, metadata)) if !path.is_dir => {
                return respond(&path.path, file, &metadata);
            }
            Some(Opened::Directory(_)) if !path.is_dir => return Ok(Resolved::Redirect(path)),
            Some(Opened::Directory(dir)) => {
                let index = path.path.join("index.html");
                if let Some(Opened::File(file, metadata)) = self.root.open_path(&index)? {
                    return respond(&index, file, &metadata);
                }
                if self.listing {
                    return Ok(Resolved::Directory(path, dir));
                }
            }
            _ => {}
        }
        if let (Some(fallback), true) = (&self.fallback_file, names_html(headers))
            && let Some(Opened::File(file, metadata)) = self.root.open_path(fallback)?
        {
            return respond(fallback, file, &metadata);
        }
        Ok(Resolved::NotFound)
    }

    async fn respond<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        field: (&str, &str),
        text: &str,
    ) -> Result<(), C::Error> {
        let mut fields = self.cors.headers(&details.headers, "");
        fields.push(field);
        let response = Response::new(status).headers(&fields);
        let response = if status.is_bodiless() { response } else { response.body(text.as_bytes()) };
        details.connection.make_response(response).await
    }

    /// A refusal by the core would lack the fields of CORS.
    async fn method_not_allowed<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (status, allow) = (Status::METHOD_NOT_ALLOWED, ALLOW.to_allow());
        let mut fields = self.cors.headers(&details.headers, "");
        if !fields.is_empty() {
            fields.extend([("Allow", &*allow), ("Content-Type", "text/plain; charset=utf-8")]);
            let response =
                Response::new(status).headers(&fields).body(b"Files take GET, HEAD and OPTIONS.\n");
            details.connection.make_response(response).await?;
        }
        // The observer is told of the refusal.
        Err(Rejection::MethodNotAllowed(ALLOW).into())
    }

    async fn options<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
        if let Some(fields) = self.cors.preflight(&details.headers) {
            let response = Response::new(Status::NO_CONTENT).headers(&fields);
            return details.connection.make_response(response).await;
        }
        self.respond(details, Status::NO_CONTENT, ("Allow", &ALLOW.to_allow()), "").await
    }
}

impl Site for ServeDir {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match details.method {
            Method::Get | Method::Head => {}
            Method::Options => return self.options(details).await,
            _ => return self.method_not_allowed(details).await,
        }
        match self.resolve(details.uri.path, &details.headers) {
            Ok(Resolved::File(file)) => {
                file.respond(details, &self.cors, self.cache_control.as_deref()).await
            }
            Ok(Resolved::Directory(path, dir)) => {
                let listing = Listing { root: &self.root, hidden: self.hidden, path: path.path };
                listing.respond(details, &dir, &self.cors).await
            }
            Ok(Resolved::Redirect(path)) => {
                let query = details.uri.query.map(|query| format!("?{query}")).unwrap_or_default();
                let location = path.dir_url() + &query;
                self.respond(details, Status::PERMANENT_REDIRECT, ("Location", &location), "").await
            }
            Ok(Resolved::NotFound) => {
                let html = ("Content-Type", "text/html; charset=utf-8");
                self.respond(details, Status::NOT_FOUND, html, NOT_FOUND_PAGE).await
            }
            Err(error) => Err(io_failure::<C>(&error)),
        }
    }
}

/// Returns true if `Accept` names `text/html` itself: `*/*` comes with requests for images and data, too.
fn names_html(headers: &Headers<'_>) -> bool {
    headers.qualities("accept").any(|accept| accept.item.eq_ignore_ascii_case(b"text/html") && accept.q > 0)
}
