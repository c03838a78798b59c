//! `ProgramSite`: the built-in pages, the files of `--root`, or both.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bantam::{Connection, Or, RequestDetails, Site};
use bantam_std::ServeDir;
use bantam_std::files::Symlinks;
use bantam_www::Www;
use clap::{Args, ValueEnum};

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
    /// Serve the files of this directory instead of the built-in site
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

    /// Cache-Control of every file, such as "public, max-age=3600" [default: no-cache]
    #[arg(long, value_name = "VALUE", requires = "root")]
    cache_control: Option<String>,

    /// Allow scripts of this origin to read responses, such as https://example.org, or * for all. May be repeated [default:
    /// none]
    #[arg(long, value_name = "ORIGIN", requires = "root")]
    cors: Vec<String>,
}

impl FileArgs {
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn site(&self) -> Result<ProgramSite, String> {
        let Some(path) = &self.root else { return Ok(ProgramSite::Pages(Www)) };
        let symlinks = match self.symlinks {
            SymlinkArg::Never => Symlinks::Never,
            SymlinkArg::Inside => Symlinks::Inside,
        };
        let root = ServeDir::open(path).map_err(|error| root_error(path, &error))?;
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
        Ok(if self.pages { ProgramSite::Both(Www.or(root)) } else { ProgramSite::Files(root) })
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
