//! `ServeDir`: a directory on disk as a site, and its options.
//!
//! Invariant: an option that cannot be met is an error before the first request.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bantam::RefusalStatus;
use bantam::wire::Status;

use super::cache_control::is_cache_control;
#[cfg(feature = "compress")]
use super::coded::FileCoder;
use super::error_pages::ErrorPages;
use super::facts::FactCache;
use super::listing_load::ListingLoad;
use super::open::{Opened, Symlinks};
use super::path::RequestPath;
use super::root::Root;
use super::upload::{UploadHandler, Uploads, remove_stale};
#[cfg(feature = "compress")]
use crate::compress::Compress;

/// A directory on disk, as a [`Site`](bantam::Site): GET and HEAD of its files.
///
/// * Conditional requests and ranges; `index.html` for a directory; 308 to the path with a slash at its end.
/// * Several ranges are sent as `multipart/byteranges`, joined where they overlap or have fewer than 80 bytes between them, in the
///   order of the request. More than 16 ranges, or 8 parts, are answered with the whole file ([`ByteRanges`](bantam::wire::ByteRanges)).
///   They are parts of the file in its coding; each states that coding, and the response states none, so that no client decodes the heads of parts.
/// * A file with the query `?download` is sent with `Content-Disposition: attachment` and its name: a browser saves it.
/// * An `ETag`, made of the content of a file of up to 256 KB, which is the same on every machine, and of size, inode, and
///   times of modification and change of a larger one, which is not. The latter is weak for a file that was changed within
///   the last two seconds: it may change again without another time.
/// * `Last-Modified`, but not within the second that it names, in the future or before 1990. `If-Range` with a date is
///   honoured only where the file has not been touched since the second of its modification time (RFC 9110 section
///   8.8.2.2): not for copies that kept the time of their original.
/// * The media type of the name; `charset=utf-8` for text whose first 16 KB do not show another encoding.
/// * `x.br`, `x.zst` or `x.gz` is sent for `x` to clients that accept the coding, even if it is older than `x`, and if `x` is
///   gone: remove them with `x`. Text states the charset that `x` shows when the other is first sent.
/// * Names that begin with a dot are 404, except `.well-known`. On Windows, so are names that mean something else there: devices
///   (`NUL.txt`), streams (`a:b`), a dot or a space at the end, and what looks like a short name (`GIT~1`).
/// * The root is a path, and is looked up for every request: a link to another release, or a directory that is removed and
///   made again, is served from the next request on. While there is none, the response is 503.
/// * Below a prefix ([`bantam::routes!`], `USE "/files" => |app| &app.files`) the path behind it is the path of the file. Redirects
///   and the links of listings are relative references, so that a proxy may remove a prefix, too.
/// * What is not there is refused with [`Rejection::NoRoute`](bantam::Rejection::NoRoute): [`Site::or`](bantam::Site::or) and `..` of `routes!` then ask the next site, so that
///   files may stand before pages and behind them. A method other than GET and HEAD of a file that is there is refused
///   with [`Rejection::MethodNotAllowed`](bantam::Rejection::MethodNotAllowed).
///
/// Opening and reading a file block the thread until the disk answers.
#[derive(Debug)]
pub struct ServeDir {
    pub(super) root: Root,
    pub(super) hidden: bool,
    pub(super) listing: bool,
    pub(super) archive: bool,
    pub(super) pretty_urls: bool,
    pub(super) fallback_file: Option<PathBuf>,
    pub(super) error_pages: ErrorPages,
    pub(super) cache_control: Option<String>,
    pub(super) cache: FactCache,
    pub(super) listing_load: ListingLoad,
    pub(super) uploads: Option<Box<UploadHandler>>,
    #[cfg(feature = "compress")]
    pub(super) coder: Option<FileCoder>,
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
            archive: false,
            pretty_urls: false,
            fallback_file: None,
            error_pages: ErrorPages::default(),
            cache_control: None,
            cache: FactCache::default(),
            listing_load: ListingLoad::default(),
            uploads: None,
            #[cfg(feature = "compress")]
            coder: None,
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
    /// A listing is an HTML page, or JSON for a client that prefers it ([`Headers::prefers_json`](bantam::wire::Headers::prefers_json)):
    /// `{"entries":[{"name":"a b","href":"./a%20b","type":"file","size":1,"modified":"2024-02-29T12:00:00Z"}],
    /// "sorted":1,"truncated":false}`. `href` is relative to the directory; `type` is `file` or `directory`, of which `size` is null;
    /// `modified` is in UTC, and null before 1970. `sorted` is the number of entries, from the first on, that are in the order;
    /// `truncated` says that the directory has more. `?sort=name`, `size` or `date`, `?order=asc` or `desc` and `?filter=TEXT`, for
    /// the names that contain a text in any case, hold for both.
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

    /// Sends a directory as a `.tar.gz` to a request with the query `?archive=tar.gz`, and offers that in listings. Default: the query
    /// is ignored.
    ///
    /// The archive has what a GET of each path below the directory would give, whatever [`Self::listing`] is: no hidden names,
    /// links as [`Self::symlinks`] follows them (but no directory in itself), nothing that cannot be read, regular files only. Files keep the time of their
    /// modification; owner and permissions are the same for all. The root has the name `files`.
    ///
    /// It is made while it is sent, without the length before it, in some 400 KB of memory. Four are made at a time; others are
    /// answered 503. A file has the length that it had when it was opened: one that becomes shorter, a directory that is more than 64 deep and an
    /// error of the disk end the connection without the last chunk, so that the client sees that the archive is not whole.
    #[cfg(feature = "archive")]
    #[must_use]
    pub const fn archive(mut self, archive: bool) -> Self {
        self.archive = archive;
        self
    }

    /// Serves `a.html` for `/a`. Default: only for `/a.html`, which stays as it is.
    ///
    /// A file `a` comes first, then `a.html` and what stands beside it (`a.html.br`), then a directory `a`, whose index is at
    /// `/a/` and nowhere else: with both, `/a` is the page and `/a/` the directory. `/a/` without a directory is 404, and nothing
    /// is redirected, so that no cache keeps a redirect which a new file or directory turns into a loop. `.html` is added to the
    /// last name of a path without it, whatever else it contains (`/v1.2` is `v1.2.html`).
    #[must_use]
    pub const fn pretty_urls(mut self, pretty_urls: bool) -> Self {
        self.pretty_urls = pretty_urls;
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
        self.fallback_file = Some(self.existing_file(file)?);
        Ok(self)
    }

    /// Answers what is refused with this status by a file, a path below the root, instead of the page of the core: what this site
    /// refuses, its own 412 and 416, and what a layer around it or the other site of [`Site::or`](bantam::Site::or) refuses and has no page for. The
    /// response keeps the status and the fields of the refusal, such as `Allow`; it has the media type of the file and
    /// `Cache-Control: no-cache`. The file is opened for each response. Where that fails the core responds; so it does to a request whose
    /// head was not understood, and where a page has panicked.
    ///
    /// ```
    /// use bantam::wire::Status;
    /// use bantam_std::ServeDir;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let public = tempfile::tempdir()?;
    /// # std::fs::write(public.path().join("404.html"), "<h1>Lost?</h1>")?;
    /// let files = ServeDir::open(public.path())?.error_page(Status::NOT_FOUND, "404.html")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InvalidOption`] if there is no such file, or the status is not one of 400 to 599.
    pub fn error_page(mut self, status: Status, file: &str) -> Result<Self, InvalidOption> {
        if RefusalStatus::new(status).is_none() {
            return Err(InvalidOption(format!("{} is not a status of 400 to 599", status.code())));
        }
        let path = self.existing_file(file)?;
        self.error_pages.set(status, path);
        Ok(self)
    }

    /// The path of a file below the root, hidden or not.
    fn existing_file(&self, file: &str) -> Result<PathBuf, InvalidOption> {
        let url = format!("/{}", file.replace('%', "%25"));
        let path = RequestPath::parse(&url, true).filter(|path| !path.is_dir);
        let opened =
            path.as_ref().zip(self.root.look_up().ok()).map(|(path, root)| root.open_path(&path.path));
        match (opened, path) {
            (Some(Ok(Some(Opened::File(..)))), Some(path)) => Ok(path.path.into_owned()),
            _ => Err(InvalidOption(format!("{file} is not a file below the root"))),
        }
    }

    /// Compresses files on the fly that have no precompressed file beside them which the client accepts, and that the documentation of
    /// [`Compress`] lists. Files of up to 512 KB are compressed before they are sent, and state their length; longer ones are
    /// compressed while they are sent. Both are kept in a cache ([`Compress::cache_size`]). A file that does not become shorter by a tenth
    /// is sent as it is. Listings are pages: [`Compress`] as a layer compresses them. Default: no file is compressed.
    ///
    /// A request for a file that another request compresses waits for that for up to half a second, and then gets it as it is.
    #[cfg(feature = "compress")]
    #[must_use]
    pub fn compress(mut self, compress: &Compress) -> Self {
        self.coder = Some(FileCoder::new(compress));
        self
    }

    /// Lets clients store and remove files. Default: nothing is written.
    ///
    /// * `PUT` of a path stores the body: 201 with `Location` and `ETag`, or 204 where it replaces a file ([`Uploads::overwrite`]; else
    ///   409). `If-Match`, `If-None-Match` and `If-Unmodified-Since` are honoured (RFC 9110 section 13.1), once before the body is received
    ///   and once when it takes its name.
    /// * `DELETE` of a file: 204, under the same conditions. Folders are neither made nor removed: 409.
    /// * `POST` of a form (`multipart/form-data`) to a folder stores up to 64 files when all of it has arrived: 201 with their locations, or
    ///   303 to the listing for a browser. With [`Self::listing`] the listing has such a form.
    /// * A file is received under a hidden name in its folder, which is never served or listed, and gets its name, whole, at the
    ///   end. What a program leaves behind that is killed is removed by [`Self::remove_stale_uploads`].
    /// * No link is followed, and what has a name and is no plain file is never replaced or removed. Hidden names are refused unless
    ///   [`Self::hidden`] is set; so are names with a control character.
    /// * A browser's request for a page of another origin is refused with 403 (`Sec-Fetch-Site`, else `Origin`).
    /// * A body with `Content-Encoding` is refused with 415, one with `Content-Range` with 400 (section 14.5).
    ///
    /// Any client may do so: put a layer around the site that asks for a password. What is stored is served as every other file, so that
    /// HTML in it runs scripts in this origin, and `x.gz` is sent for `x`. Writing blocks the thread until the system has taken the bytes.
    #[must_use]
    pub fn uploads(mut self, uploads: Uploads) -> Self {
        self.uploads = Some(Box::new(UploadHandler::new(uploads)));
        self
    }

    /// Removes the files of uploads that a program did not finish because it was killed. Those that a running program receives stay.
    /// Returns how many were removed. Reads every folder below the root, and blocks meanwhile: call it once at the start, on a thread
    /// of its own.
    ///
    /// # Errors
    /// The system's, if there is no root.
    pub fn remove_stale_uploads(&self) -> io::Result<u64> {
        self.root.look_up().map(|root| remove_stale(&root))
    }
}
