//! Law: without `--root` the program is its built-in site; with it, a folder, and the site only if it is asked for.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bantam::wire::Uri;
use bantam::{Connection, Or, RequestDetails, Site};
use bantam_std::ServeDir;
use bantam_std::files::Symlinks;
use bantam_www::Www;
use clap::{Args, ValueEnum};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Followed {
    /// None
    Never,
    /// Those that lead to something below the root
    Inside,
}

/// What of a folder is served, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct Files {
    /// Serve the files of this folder instead of the built-in site
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    /// Serve the built-in pages, too: where both have a path, the page wins
    #[arg(long, requires = "root")]
    pages: bool,

    /// List folders that have no index.html; without it they are 404
    #[arg(long, requires = "root")]
    listing: bool,

    /// Serve names that begin with a dot, too; without it only .well-known
    #[arg(long, requires = "root")]
    hidden: bool,

    /// Which symbolic links are followed
    #[arg(long, value_name = "WHICH", default_value = "inside", requires = "root")]
    symlinks: Followed,

    /// Answer what is not there with this file, where HTML is asked for: for single-page applications
    #[arg(long, value_name = "FILE", requires = "root")]
    spa: Option<String>,

    /// Cache-Control of every file, such as "public, max-age=3600" [default: no-cache]
    #[arg(long, value_name = "VALUE", requires = "root")]
    cache_control: Option<String>,

    /// Let scripts of this origin read the answers, such as https://example.org, or * for all; may be repeated
    #[arg(long, value_name = "ORIGIN", requires = "root")]
    cors: Vec<String>,
}

impl Files {
    /// What the program serves. A mistake is one sentence.
    pub(crate) fn site(&self) -> Result<Shown, String> {
        let Some(path) = &self.root else { return Ok(Shown::Pages(Www)) };
        let symlinks = match self.symlinks {
            Followed::Never => Symlinks::Never,
            Followed::Inside => Symlinks::Inside,
        };
        let root = ServeDir::open(path).map_err(|error| reason(path, &error))?;
        let mut root = root.symlinks(symlinks).hidden(self.hidden).listing(self.listing);
        if let Some(value) = &self.cache_control {
            root = root.cache_control(value).map_err(|error| format!("--cache-control: {error}"))?;
        }
        for origin in &self.cors {
            root = root.cors(origin).map_err(|error| format!("--cors: {error}"))?;
        }
        if let Some(file) = &self.spa {
            root = root.spa(file).map_err(|error| format!("--spa: {error}"))?;
        }
        Ok(if self.pages { Shown::Both(Www.or(root)) } else { Shown::Files(root) })
    }
}

fn reason(path: &Path, error: &std::io::Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!("--root: there is no folder {path}"),
        ErrorKind::NotADirectory => format!("--root: {path} is not a folder"),
        ErrorKind::PermissionDenied => format!("--root: {path} may not be read by this user"),
        _ => format!("--root: {path} cannot be opened: {error}"),
    }
}

/// The site of the program.
#[derive(Debug)]
pub(crate) enum Shown {
    Pages(Www),
    Files(ServeDir),
    Both(Or<Www, ServeDir>),
}

impl Site for Shown {
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

    fn has_route(&self, uri: &Uri<'_>) -> bool {
        match self {
            Self::Pages(site) => site.has_route(uri),
            Self::Files(site) => site.has_route(uri),
            Self::Both(site) => site.has_route(uri),
        }
    }
}
