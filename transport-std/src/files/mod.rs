//! Law: a folder is served as it is at the moment of asking: nothing is cached, nothing outside it is reached, and whatever
//! is not to be served is answered as if it were not there.
//!
//! ```no_run
//! use bantam_std::{ServeDir, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let files = ServeDir::open("public")?.listing(true).cache_control("max-age=3600")?;
//! Server::new().bind("127.0.0.1:8080")?.start(files)?.wait();
//! # Ok(())
//! # }
//! ```

mod behind;
mod cache_control;
mod cors;
mod entry;
mod file;
mod listing;
mod open;
mod path;
mod send;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bantam::wire::{Headers, Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use cap_std::fs::Dir;

pub use behind::Behind;
pub use open::Symlinks;

use cors::Cors;
use file::Served;
use open::{Found, Tree, failure};
use path::Wanted;

const ALLOW: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);
const NOTHING: &str =
    "<!doctype html>\n<title>404 Not Found</title>\n<h1>404 Not Found</h1>\n<p>There is no such file.</p>\n";

/// A folder on disk, as a [`Site`]: GET and HEAD of its files.
///
/// * Conditional requests and single ranges; `index.html` for a folder; 308 to the name with a slash behind it.
/// * `Last-Modified`, and an `ETag` of size and time: a strong one, but a weak one for a file that has been changed within the
///   last two seconds, for it may change again without its time saying so.
/// * A sibling `x.br`, `x.zst` or `x.gz` is sent for `x` to clients that accept it, whether or not it is older than `x`.
/// * Names that begin with a dot are not there, but `.well-known` is.
///
/// Opening and reading a file blocks the thread for as long as the disk takes.
#[derive(Debug)]
pub struct ServeDir {
    tree: Tree,
    hidden: bool,
    listing: bool,
    spa: Option<PathBuf>,
    cache_control: Option<String>,
    cors: Cors,
}

/// What a flag or a method was given and cannot be used: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOption(String);

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidOption {}

/// What a path comes to.
enum Answer {
    File(Box<Served>),
    Folder(Dir),
    /// It is a folder, and its path ends in a slash.
    Moved,
    Nothing,
}

impl ServeDir {
    /// Serves this folder: what it is now, should it be moved later.
    ///
    /// # Errors
    /// The system's: it is not there, is no folder, or may not be read.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let tree = Tree::new(path.as_ref())?;
        Ok(Self {
            tree,
            hidden: false,
            listing: false,
            spa: None,
            cache_control: None,
            cors: Cors::default(),
        })
    }

    /// Which symbolic links are followed: those that stay below the root, unless told otherwise.
    #[must_use]
    pub const fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.tree.symlinks = symlinks;
        self
    }

    /// Serves names that begin with a dot, too.
    #[must_use]
    pub const fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Lists folders that have no `index.html`. Without it they are 404.
    #[must_use]
    pub const fn listing(mut self, listing: bool) -> Self {
        self.listing = listing;
        self
    }

    /// What caches are told: `Cache-Control` of every file. Default: `no-cache`, to ask again each time.
    ///
    /// # Errors
    /// [`InvalidOption`] for what is not a list of directives.
    pub fn cache_control(mut self, value: &str) -> Result<Self, InvalidOption> {
        if !cache_control::is_cache_control(value) {
            return Err(InvalidOption(format!(
                "{value:?} is not a Cache-Control, such as \"public, max-age=3600\""
            )));
        }
        self.cache_control = Some(value.to_owned());
        Ok(self)
    }

    /// Answers a GET of what is not there with this file, a path below the root, if the client accepts `text/html`: for
    /// applications that find their way in the browser.
    ///
    /// # Errors
    /// [`InvalidOption`] where there is no such file.
    pub fn spa(mut self, file: &str) -> Result<Self, InvalidOption> {
        let wanted =
            Wanted::of(&format!("/{}", file.replace('%', "%25")), true).filter(|wanted| !wanted.folder);
        match wanted.map(|wanted| (self.tree.open(&wanted.path), wanted.path)) {
            Some((Ok(Some(Found::File(..))), path)) => self.spa = Some(path),
            _ => return Err(InvalidOption(format!("{file} is not a file below the root"))),
        }
        Ok(self)
    }

    /// Lets scripts of this origin read the answers, `*` for all; may be said several times.
    ///
    /// # Errors
    /// [`InvalidOption`] for what is not an origin.
    pub fn cors(mut self, origin: &str) -> Result<Self, InvalidOption> {
        let allowed = self.cors.allow(origin);
        allowed.ok_or_else(|| {
            InvalidOption(format!("{origin:?} is not an origin, such as https://example.org, or *"))
        })?;
        Ok(self)
    }

    /// Puts pages before the files: a path that they know is theirs.
    #[must_use]
    pub const fn behind<P: Site>(self, pages: P) -> Behind<P> {
        Behind { pages, root: self }
    }

    fn find(&self, path: &str, headers: &Headers<'_>) -> io::Result<Answer> {
        let Some(wanted) = Wanted::of(path, self.hidden) else { return Ok(Answer::Nothing) };
        match self.tree.open(&wanted.path)? {
            Some(Found::File(file, about)) if !wanted.folder => {
                return Served::of(&self.tree, &wanted.path, file, &about, headers).map(Answer::File);
            }
            Some(Found::Folder(_)) if !wanted.folder => return Ok(Answer::Moved),
            Some(Found::Folder(folder)) => {
                let index = wanted.path.join("index.html");
                if let Some(Found::File(file, about)) = self.tree.open(&index)? {
                    return Served::of(&self.tree, &index, file, &about, headers).map(Answer::File);
                }
                if self.listing {
                    return Ok(Answer::Folder(folder));
                }
            }
            _ => {}
        }
        if let (Some(spa), true) = (&self.spa, wants_html(headers))
            && let Some(Found::File(file, about)) = self.tree.open(spa)?
        {
            return Served::of(&self.tree, spa, file, &about, headers).map(Answer::File);
        }
        Ok(Answer::Nothing)
    }

    /// The fields of every answer, whatever it is about.
    fn policy<'a>(&'a self, headers: &Headers<'_>, vary: &'static str) -> Vec<(&'a str, &'a str)> {
        let mut fields = Vec::with_capacity(12);
        let vary = match (vary, self.cors.varies()) {
            (vary, false) => vary,
            ("", true) => "Origin",
            (_, true) => "Accept-Encoding, Origin",
        };
        if !vary.is_empty() {
            fields.push(("Vary", vary));
        }
        if let Some(origin) = self.cors.origin(headers) {
            fields.extend(Cors::fields(origin));
        }
        fields
    }

    async fn say<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        field: (&str, &str),
        text: &str,
    ) -> Result<(), C::Error> {
        let mut fields = self.policy(&details.headers, "");
        fields.push(field);
        let response = Response::new(status).headers(&fields);
        let response = if status.is_bodiless() { response } else { response.body(text.as_bytes()) };
        details.connection.make_response(response).await
    }

    async fn options<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
        let origin = self.cors.origin(&details.headers);
        let asks = details.headers.first("access-control-request-method").is_some();
        if let (Some(origin), true) = (origin, asks) {
            let mut fields = Cors::preflight(origin).to_vec();
            if self.cors.varies() {
                fields.push(("Vary", "Origin"));
            }
            let response = Response::new(Status::NO_CONTENT).headers(&fields);
            return details.connection.make_response(response).await;
        }
        self.say(details, Status::NO_CONTENT, ("Allow", &ALLOW.to_allow()), "").await
    }
}

/// Is it said in so many words? `*/*` is what asks for pictures and data, too.
fn wants_html(headers: &Headers<'_>) -> bool {
    headers.qualities("accept").any(|accept| accept.item.eq_ignore_ascii_case(b"text/html") && accept.q > 0)
}

/// A name with something behind it.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(OsStr::new("."));
    name.push(extension);
    name.into()
}

impl Site for ServeDir {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match details.method {
            Method::Get | Method::Head => {}
            Method::Options => return self.options(details).await,
            _ => return Err(Rejection::MethodNotAllowed(ALLOW).into()),
        }
        match self.find(details.uri.path, &details.headers) {
            Ok(Answer::File(served)) => served.answer(self, details).await,
            Ok(Answer::Folder(folder)) => listing::answer(self, details, folder).await,
            Ok(Answer::Moved) => {
                let location = listing::location(details);
                self.say(details, Status::PERMANENT_REDIRECT, ("Location", &location), "").await
            }
            Ok(Answer::Nothing) => {
                self.say(details, Status::NOT_FOUND, ("Content-Type", "text/html; charset=utf-8"), NOTHING)
                    .await
            }
            Err(error) => Err(failure::<C>(&error)),
        }
    }
}
