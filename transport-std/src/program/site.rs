//! `ProgramSite`: the built-in pages, the files of `--root`, or both.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bantam::{Connection, Or, RequestDetails, Site};
use bantam_std::ServeDir;
use bantam_std::files::{Cors, Symlinks};
use bantam_www::Www;
use clap::{Args, ValueEnum};

use crate::values::element;

/// A value of --symlinks: see [`Symlinks`].
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SymlinkArg {
    /// None
    Never,
    /// Those whose target is below the root
    Inside,
}

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
    /// The origins of --cors.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn cors(&self) -> Result<Cors, String> {
        let mut cors = Cors::default();
        for origin in &self.cors {
            let allowed = cors.allow(origin);
            allowed.ok_or_else(|| {
                format!("--cors: {origin:?} is not an origin, such as https://example.org, or *")
            })?;
        }
        Ok(cors)
    }

    /// The value of --cache-control.
    pub(crate) fn cache_control(&self) -> Option<&str> {
        self.cache_control.as_deref()
    }

    /// # Errors
    /// A sentence for the user.
    pub(crate) fn site(&self) -> Result<ProgramSite, String> {
        let Some(path) = &self.root else { return Ok(ProgramSite::Pages(Www::new())) };
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
        Ok(if self.pages { ProgramSite::Both(Www::new().or(root)) } else { ProgramSite::Files(root) })
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

#[derive(Debug)]
pub(crate) enum ProgramSite {
    Pages(Www),
    Files(ServeDir),
    Both(Or<Www, ServeDir>),
}

impl Site for ProgramSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match self {
            Self::Pages(site) => site.request_handler(details).await,
            Self::Files(site) => site.request_handler(details).await,
            Self::Both(site) => site.request_handler(details).await,
        }
    }
}
