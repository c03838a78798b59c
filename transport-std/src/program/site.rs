//! `ProgramSite`: the built-in pages, the files of `--root`, or both; and the layer of `--cors`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bantam::layers::Cors;
use bantam::wire::{Method, MethodSet};
use bantam::{Or, Site};
use bantam_std::ServeDir;
use bantam_std::files::Symlinks;
use bantam_www::Www;
use clap::{Args, ValueEnum};

use crate::origins::AllowedOrigins;
use crate::values::element;

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

/// The built-in pages, then the files of --root.
pub(crate) type ProgramSite = Or<Option<Www>, Option<ServeDir>>;

#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileArgs {
    /// Serve the files of this directory instead of the built-in site; a link is followed to wherever it leads at a request
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    /// Serve the built-in pages, too; a page takes precedence over a file
    #[arg(long, requires = "root")]
    pages: bool,

    /// List directories without index.html [default: they are 404]
    #[arg(long, requires = "root")]
    listing: bool,

    /// Serve names that begin with a dot [default: only .well-known]
    #[arg(long, requires = "root")]
    hidden: bool,

    /// Which symbolic links are followed
    #[arg(long, value_name = "WHICH", default_value = "inside", requires = "root")]
    symlinks: SymlinkArg,

    /// Send this file instead of 404 to requests that accept HTML, for single-page applications
    #[arg(long, value_name = "FILE", requires = "root")]
    spa: Option<String>,

    /// Cache-Control of every file, such as "public, max-age=3600"; with --basic-auth none that is public [default: no-cache]
    #[arg(long, value_name = "VALUE", requires = "root")]
    cache_control: Option<String>,

    /// Allow scripts of this origin to read responses, such as https://example.org, or * for all; with --basic-auth they send
    /// the password in Authorization. May be repeated [default: none]
    #[arg(long, value_name = "ORIGIN", requires = "root", value_delimiter = ',', value_parser = element)]
    cors: Vec<String>,
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

    /// The value of --cache-control.
    pub(crate) fn cache_control(&self) -> Option<&str> {
        self.cache_control.as_deref()
    }

    /// # Errors
    /// A sentence for the user.
    pub(crate) fn site(&self) -> Result<ProgramSite, String> {
        let Some(path) = &self.root else { return Ok(Site::or(Some(Www::new()), None)) };
        let symlinks = match self.symlinks {
            SymlinkArg::Never => Symlinks::Never,
            SymlinkArg::Inside => Symlinks::Inside,
        };
        let root = ServeDir::open(path).map_err(|error| root_error(path, &error))?;
        let mut root = root.symlinks(symlinks).hidden(self.hidden).listing(self.listing);
        if let Some(value) = &self.cache_control {
            root = root.cache_control(value).map_err(|error| format!("--cache-control: {error}"))?;
        }
        if let Some(file) = &self.spa {
            root = root.spa(file).map_err(|error| format!("--spa: {error}"))?;
        }
        Ok(Site::or(self.pages.then(Www::new), Some(root)))
    }
}

fn root_error(path: &Path, error: &std::io::Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!("--root: there is no directory {path}"),
        ErrorKind::NotADirectory => format!("--root: {path} is not a directory"),
        ErrorKind::PermissionDenied => format!("--root: this user may not read {path}"),
        _ => format!("--root: cannot open {path}: {error}"),
    }
}
