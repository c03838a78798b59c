//! [`Generator`]: what a build script states, and the file that it writes.
//! Invariant: an invalid page or file fails the build with one sentence that names it.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use crate::compress::Coding;
use crate::emit::{self, Site};
use crate::files::{self, Forms};
use crate::{error_pages, pages};

/// Makes a site of folders. Every path is below the crate's own folder.
#[derive(Clone, Debug)]
#[must_use = "`emit` writes the site"]
pub struct Generator {
    pages: Option<String>,
    files: Option<String>,
    state: Option<String>,
    left_out: Vec<String>,
    forms: Forms,
    hashed_paths: bool,
}

impl Default for Generator {
    fn default() -> Self {
        Self::new()
    }
}

impl Generator {
    /// A site without pages and files.
    pub fn new() -> Self {
        let forms = Forms { codings: vec![Coding::Brotli, Coding::Gzip], identity: true };
        Self { pages: None, files: None, state: None, left_out: Vec::new(), forms, hashed_paths: true }
    }

    /// Takes the pages of this folder.
    pub fn pages(mut self, folder: &str) -> Self {
        self.pages = Some(folder.to_owned());
        self
    }

    /// Takes the static files of this folder.
    pub fn files(mut self, folder: &str) -> Self {
        self.files = Some(folder.to_owned());
        self
    }

    /// Leaves out the page or the static file with this path in its folder, such as `upload.rs`: for a site in which a feature of the crate
    /// decides. The path of a file that is not there fails the build.
    pub fn without(mut self, path: &str) -> Self {
        self.left_out.push(path.to_owned());
        self
    }

    /// Names the type that becomes the site, such as `crate::App`: `bantam::Site` is implemented for it, and a handler may take `&App` first.
    /// Without a state the site is a type of its own, `Pages`.
    pub fn state(mut self, state: &str) -> Self {
        self.state = Some(state.to_owned());
        self
    }

    /// The content codings of static files, the preferred one first; by default brotli and gzip. A coding is kept where it saves a tenth of
    /// the file, and is shorter than those before it. Without codings nothing is compressed.
    pub fn codings(mut self, codings: &[Coding]) -> Self {
        self.forms.codings = codings.to_vec();
        self
    }

    /// Whether a file that is compressed is also kept as it is; by default it is. A device that lacks the flash leaves it out. Then a request
    /// without `Accept-Encoding` gets the last coding, and one that excludes all codings is answered 406 (RFC 9110 section 12.5.3).
    pub fn identity(mut self, kept: bool) -> Self {
        self.forms.identity = kept;
        self
    }

    /// Whether each static file has a second path with a hash of its content; by default it has. Without them, `asset!` is the plain name.
    pub fn hashed_paths(mut self, kept: bool) -> Self {
        self.hashed_paths = kept;
        self
    }

    /// Writes `site.rs` for `bantam::site!()`, and tells cargo which folders it depends on. For a build script: where a page or a file is not
    /// valid, prints one sentence and exits with 1.
    pub fn emit(&self) {
        if let Err(message) = self.write() {
            println!("cargo::error={message}");
            process::exit(1);
        }
    }

    fn write(&self) -> Result<(), String> {
        let variable = |name| env::var_os(name).map(PathBuf::from).ok_or(format!("cargo sets {name}"));
        let (root, out) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
        for folder in self.pages.iter().chain(&self.files) {
            // Cargo watches the whole tree: a new file is a change.
            println!("cargo::rerun-if-changed={}", root.join(folder).display());
        }
        println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
        let code = self.generate(&root, &out)?;
        fs::write(out.join("site.rs"), code).map_err(|error| format!("site.rs cannot be written: {error}"))
    }

    /// Returns the code of `site.rs` for the folders below `root`. Writes compressed files below `out`.
    ///
    /// # Errors
    /// One sentence for the author of a page or file that is not valid, or a path that cannot be read or written.
    pub fn generate(&self, root: &Path, out: &Path) -> Result<String, String> {
        let state = match &self.state {
            Some(state) if syn::parse_str::<syn::Type>(state).is_err() => {
                return Err(format!("{state:?} is not the path of a type, such as crate::App"));
            }
            state => state.as_deref(),
        };
        let (mut pages, mut error_pages, mut files) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(folder) = &self.pages {
            pages = pages::find(root, folder, state.is_some())?;
            error_pages = error_pages::find(root, folder, state.is_some())?;
        }
        if let Some(folder) = &self.files {
            files = files::find(root, folder, &self.forms, self.hashed_paths, out)?;
        }
        for path in &self.left_out {
            let is_it = |name: &str, folder: &Option<String>| {
                folder.as_ref().is_some_and(|folder| name == format!("{folder}/{path}"))
            };
            let count = pages.len() + files.len();
            pages.retain(|page| !is_it(&page.name, &self.pages));
            files.retain(|file| !is_it(&file.name, &self.files));
            if pages.len() + files.len() == count {
                return Err(format!("there is no page and no static file {path} to leave out"));
            }
        }
        emit::emit(&Site { pages, error_pages, files, state })
    }
}
