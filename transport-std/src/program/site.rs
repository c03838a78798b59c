//! `PagesAndFiles`: the built-in pages, the files of `--root`, or both; and the layers of `--cors`, `--compress`, `--prefix` and `--redirect`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bantam::layers::Cors;
use bantam::wire::{Method, MethodSet};
use bantam::{Or, Site};
use bantam_std::files::{Symlinks, is_cache_control};
use bantam_std::{Compress, Prefix, Redirect, Redirects, ServeDir};
use bantam_www::Www;
use clap::{ArgGroup, Args, ValueEnum, ValueHint};

use crate::error_page::{self, ErrorPage};
use crate::origins::AllowedOrigins;
use crate::upload_args::UploadArgs;
use crate::values::{self, Size, element};

/// What --cors lets scripts do with files and with the built-in pages.
const CORS_METHODS: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);
/// Request fields that scripts may send, and response fields that they may read.
const CORS_HEADERS: &str = "Authorization, Cache-Control, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range";
const CORS_EXPOSED: &str = "Accept-Ranges, Content-Encoding, Content-Range, ETag";

/// A value of --symlinks: see [`Symlinks`].
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SymlinkArg {
    /// None
    Never,
    /// Those whose target is below the root
    Inside,
}

/// A value of --compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CompressArg {
    /// Nothing; precompressed files are sent all the same
    Nothing,
    /// Files of --root
    Files,
    /// Files, pages and listings. A page that shows a secret beside text of the request tells the secret by its length
    All,
}

/// The built-in pages, then the files of --root.
pub(crate) type PagesAndFiles = Or<Option<Www>, Option<ServeDir>>;

/// What requires a directory requires the group `root`: the argument or the flag.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files", group = ArgGroup::new("root").multiple(false))]
pub(crate) struct FileArgs {
    /// Serve the files of this directory instead of the built-in site; a link is followed to wherever it leads at a request
    #[arg(value_name = "DIR", group = "root", help_heading = None, value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,

    /// The same as DIR, as a flag, which a variable (BANTAM_ROOT) or the file can set
    #[arg(long = "root", value_name = "DIR", group = "root", value_hint = ValueHint::DirPath)]
    root_flag: Option<PathBuf>,

    /// Serve the built-in pages, too; a page takes precedence over a file
    #[arg(long, requires = "root")]
    pages: bool,

    /// List directories without index.html [default: they are 404]
    #[arg(long, requires = "root")]
    listing: bool,

    /// Send a directory as a .tar.gz to a request such as /dir/?archive=tar.gz, with all that is served below it, and offer that in
    /// listings; four at a time, others are answered 503 [default: the query is ignored]
    #[arg(long, requires = "root")]
    archive: bool,
    /// Serve a.html for /a: a file a comes first, then a.html, then a directory a, whose own URL is /a/. /a.html is served, too
    /// [default: only /a.html]
    #[arg(long, requires = "root")]
    pretty_urls: bool,

    /// Serve names that begin with a dot [default: only .well-known]
    #[arg(long, requires = "root")]
    hidden: bool,

    /// Which symbolic links are followed
    #[arg(long, value_name = "WHICH", default_value = "inside", requires = "root")]
    symlinks: SymlinkArg,

    /// Send this file instead of 404 to requests that accept HTML, for single-page applications
    #[arg(long, value_name = "FILE", requires = "root")]
    spa: Option<String>,

    /// Answer requests that are refused with this status, 400 to 599, with a file below the root instead of the short page of the server.
    /// The file is read at each request; where it is gone there is the short page. Not for a request that was not understood (400, 408,
    /// 431 and the like). May be repeated [default: none]
    #[arg(
        long,
        value_name = "STATUS=FILE",
        requires = "root",
        value_delimiter = ',',
        value_parser = error_page::parse
    )]
    error_page: Vec<ErrorPage>,

    /// Cache-Control of every file, such as "public, max-age=3600"; with --basic-auth none that is public [default: no-cache]
    #[arg(long, value_name = "VALUE", requires = "root")]
    cache_control: Option<String>,

    /// Serve files and pages below this path: with /docs the file a is /docs/a. /docs redirects to /docs/ (308), and every other
    /// path is 404, also / [default: no prefix]
    #[arg(long, value_name = "PATH")]
    prefix: Option<Prefix>,

    /// Redirect a path, before files and pages: /old=/new, /old/*=/new/* for all below it, or to https://example.org/*; with
    /// =301, =302, =303 or =307 behind it instead of 308. FROM and TO are percent-encoded, also a comma (%2C), and have the --prefix. The query of
    /// a request is kept. May be repeated [default: none]
    #[arg(long, value_name = "FROM=TO[=STATUS]", value_delimiter = ',')]
    redirect: Vec<Redirect>,
    /// Compress text, JSON, SVG, WebAssembly and the like of at least 1 KB on the fly, by br, zstd or gzip, for clients that accept it:
    /// files without a precompressed one beside them
    #[arg(long, value_name = "WHAT", default_value = "nothing")]
    compress: CompressArg,

    /// Size of the cache of files that --compress has compressed, in bytes or such as 64m; 0 is none [default: 16m]
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    compress_cache: Option<Size>,

    /// Allow scripts of this origin to read responses, such as https://example.org, or * for all; with --basic-auth they send
    /// the password in Authorization. May be repeated [default: none]
    #[arg(long, value_name = "ORIGIN", requires = "root", value_delimiter = ',', value_parser = element)]
    cors: Vec<String>,

    #[command(flatten)]
    pub(crate) upload: UploadArgs,
}

impl FileArgs {
    /// The layer of --cors; `None` without an origin.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn cors(&self) -> Result<Option<Cors<AllowedOrigins>>, String> {
        let origins = AllowedOrigins::parse(&self.cors).map_err(|value| {
            format!("--cors: {value:?} is not an origin, such as https://example.org, or *")
        })?;
        let cors = Cors::new(origins).methods(CORS_METHODS).headers(CORS_HEADERS).exposed(CORS_EXPOSED);
        Ok((!self.cors.is_empty()).then_some(cors.max_age(86_400)))
    }

    /// Finds values that are wrong for every root.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.cors()?;
        error_page::check_statuses(&self.error_page)?;
        match &self.cache_control {
            Some(value) if !is_cache_control(value) => Err(format!(
                "--cache-control: {value:?} is not a Cache-Control, such as \"public, max-age=3600\""
            )),
            _ => Ok(()),
        }
    }

    /// The value of --cache-control.
    pub(crate) fn cache_control(&self) -> Option<&str> {
        self.cache_control.as_deref()
    }

    /// The directory that is served; `None` for the built-in site alone.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.dir.as_deref().or(self.root_flag.as_deref())
    }

    /// The path that the site is served below: empty, or with a slash at its start.
    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_ref().map_or("", Prefix::as_str)
    }

    /// The layer of --redirect; `None` without one.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn redirects(&self) -> Result<Option<Redirects>, String> {
        let redirects =
            Redirects::new(self.redirect.clone()).map_err(|error| format!("--redirect: {error}"))?;
        Ok((!self.redirect.is_empty()).then_some(redirects))
    }

    /// Finds settings of --compress that have no effect.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn validate(&self) -> Result<(), String> {
        match (self.compress, self.root(), self.compress_cache) {
            (CompressArg::Files, None, _) => {
                Err("--compress files: there are no files without --root; --compress all compresses pages"
                    .into())
            }
            (CompressArg::Nothing, _, Some(_)) => Err("--compress-cache: --compress files is not set".into()),
            (_, None, Some(_)) => Err("--compress-cache: there are no files without --root".into()),
            _ => Ok(()),
        }
    }

    /// What compresses; `None` without --compress.
    fn compress(&self) -> Option<Compress> {
        let compress = Compress::new();
        let compress = match self.compress_cache {
            Some(size) => compress.cache_size(usize::try_from(size.0).unwrap_or(usize::MAX)),
            None => compress,
        };
        (self.compress != CompressArg::Nothing).then_some(compress)
    }

    /// The layer of --prefix; `None` without one.
    pub(crate) fn prefix_layer(&self) -> Option<Prefix> {
        self.prefix.clone()
    }

    /// The site, and the layer that compresses its pages, if --compress asks for it.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn site(&self) -> Result<(PagesAndFiles, Option<Compress>), String> {
        let compress = self.compress();
        let site = self.pages_and_files(compress.as_ref())?;
        Ok((site, compress.filter(|_| self.compress == CompressArg::All)))
    }

    fn pages_and_files(&self, compress: Option<&Compress>) -> Result<PagesAndFiles, String> {
        let Some(path) = self.root() else { return Ok(Site::or(Some(www()), None)) };
        let symlinks = match self.symlinks {
            SymlinkArg::Never => Symlinks::Never,
            SymlinkArg::Inside => Symlinks::Inside,
        };
        let root = ServeDir::open(path).map_err(|error| self.root_error(path, &error))?;
        let root = root.symlinks(symlinks).hidden(self.hidden).listing(self.listing).archive(self.archive);
        let mut root = root.pretty_urls(self.pretty_urls);
        if let Some(value) = &self.cache_control {
            root = root.cache_control(value).map_err(|error| format!("--cache-control: {error}"))?;
        }
        if let Some(file) = &self.spa {
            root = root.spa(file).map_err(|error| format!("--spa: {error}"))?;
        }
        for ErrorPage { status, file } in &self.error_page {
            root = root.error_page(*status, file).map_err(|error| format!("--error-page: {error}"))?;
        }
        if let Some(compress) = compress {
            root = root.compress(compress);
        }
        Ok(Site::or(self.pages.then(www), Some(self.upload.apply(root, path))))
    }

    /// The sentence for a directory that cannot be served. A word that is no directory may be meant as a command.
    fn root_error(&self, path: &Path, error: &std::io::Error) -> String {
        let (flag, help) = if self.dir.is_some() { ("", " (see bantam --help)") } else { ("--root: ", "") };
        let path = path.display();
        match error.kind() {
            ErrorKind::NotFound => format!("{flag}there is no directory {path}{help}"),
            ErrorKind::NotADirectory => format!("{flag}{path} is not a directory{help}"),
            ErrorKind::PermissionDenied => format!("{flag}this user may not read {path}"),
            _ => format!("{flag}cannot open {path}: {error}"),
        }
    }
}

/// The built-in pages. `/live` displays the memory where the system tells it.
fn www() -> Www {
    #[cfg(target_os = "linux")]
    return Www::new().memory(crate::telemetry::resident_kb);
    #[cfg(not(target_os = "linux"))]
    Www::new()
}
