//! Which file answers for a path: one beside it in a coding that the client prefers, or the file itself.
//!
//! Invariant: `x.gz` stands for `x` whatever the age of either, and where `x` is gone; it does not stand for a directory.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use bantam::wire::{ContentDisposition, Headers};

use super::chosen_by::ChosenBy;
use super::extension::extension;
use super::facts::{FactCache, Shown, Version};
use super::file::FileResponse;
use super::media_type::{ByContent, Found, MediaType};
use super::open::{Opened, RootDir};

/// A content coding, and the suffix of a file in it.
type Coding = (&'static str, &'static str);

/// Content codings in order of preference.
const CODINGS: [Coding; 3] = [("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz")];
const LONGEST_SUFFIX: usize = 4;

/// Finds the file of a request.
pub(super) struct Finder<'r, 'h> {
    pub(super) root: &'r RootDir,
    pub(super) cache: &'r FactCache,
    pub(super) headers: &'r Headers<'h>,
    /// The file is to be saved, under its own name.
    pub(super) is_download: bool,
}

/// What a path names.
pub(super) enum Named {
    File(Box<FileResponse>),
    Directory,
    Nothing,
}

impl Finder<'_, '_> {
    /// Finds what a path below the root names. Adds to `chosen_by` what it asks the request for.
    ///
    /// A file in a coding is opened first, and the path itself only where there is none. A name without an extension is
    /// mostly a directory, or a route of a single-page application: it is opened itself, and then what stands beside it.
    ///
    /// # Errors
    /// The system's, if a file cannot be opened now, or cannot be read.
    pub(super) fn find(&self, path: &Path, chosen_by: &mut ChosenBy) -> io::Result<Named> {
        let mut named = self.choose(path, chosen_by)?;
        if self.is_download
            && let Named::File(file) = &mut named
        {
            file.saved_as = path
                .file_name()
                .map(|name| ContentDisposition::attachment(&name.to_string_lossy()).to_string().into());
        }
        Ok(named)
    }

    fn choose(&self, path: &Path, chosen_by: &mut ChosenBy) -> io::Result<Named> {
        let media_type = MediaType::of(path);
        // `.svgz` may be compressed already: its content says so.
        let codings_first = extension(path).is_some() && media_type.by_content != ByContent::Gzip;
        if codings_first {
            chosen_by.accept_encoding = true;
            if let Some(file) = self.find_coded(path, media_type, None, *chosen_by)? {
                return Ok(Named::File(file));
            }
        }
        let (file, stat) = match self.root.open_path(path)? {
            Some(Opened::File(file, stat)) => (file, stat),
            Some(Opened::Directory(_)) => return Ok(Named::Directory),
            None => return Ok(Named::Nothing),
        };
        let mut version = Version { stat, media_type, coding: None };
        let facts = self.cache.facts(&file, &version, Shown::Itself)?;
        if facts.found == Found::Gzip {
            version.coding = Some("gzip");
            return Ok(Named::File(FileResponse::new(file, &version, facts, *chosen_by)));
        }
        chosen_by.accept_encoding = true;
        if !codings_first
            && let Some(coded) = self.find_coded(path, media_type, Some(facts.found), *chosen_by)?
        {
            return Ok(Named::File(coded));
        }
        Ok(Named::File(FileResponse::new(file, &version, facts, *chosen_by)))
    }

    /// A file beside `path` in a coding that the client takes. `found` is what the file at `path` shows, if it was opened.
    fn find_coded(
        &self,
        path: &Path,
        media_type: MediaType,
        found: Option<Found>,
        chosen_by: ChosenBy,
    ) -> io::Result<Option<Box<FileResponse>>> {
        let mut name = OsString::new();
        for (coding, suffix) in accepted_codings(self.headers).into_iter().flatten() {
            name.clear();
            name.reserve(path.as_os_str().len() + LONGEST_SUFFIX);
            name.push(path);
            name.push(suffix);
            let Some(Opened::File(file, stat)) = self.root.open_path(Path::new(&name))? else { continue };
            let version = Version { stat, media_type, coding: Some(coding) };
            let facts = match self.cache.known(&version) {
                Some(facts) => facts,
                None => {
                    let Some(shown) = self.shown(path, media_type, found)? else { return Ok(None) };
                    self.cache.facts(&file, &version, shown)?
                }
            };
            return Ok(Some(FileResponse::new(file, &version, facts, chosen_by)));
        }
        Ok(None)
    }

    /// What shows the encoding of the text at `path`; `None` for a directory.
    fn shown(&self, path: &Path, media_type: MediaType, found: Option<Found>) -> io::Result<Option<Shown>> {
        if let Some(found) = found {
            return Ok(Some(Shown::Original(found)));
        }
        Ok(match self.root.open_path(path)? {
            Some(Opened::Directory(_)) => None,
            None => Some(Shown::Nothing),
            Some(Opened::File(file, stat)) => {
                let version = Version { stat, media_type, coding: None };
                Some(Shown::Original(self.cache.facts(&file, &version, Shown::Itself)?.found))
            }
        })
    }
}

/// The codings that the client prefers to `identity` or likes as much, by its quality values and then by ours.
fn accepted_codings(headers: &Headers<'_>) -> [Option<Coding>; 3] {
    let [br, zstd, gzip, identity] = headers.coding_qualities(["br", "zstd", "gzip", "identity"]);
    let [in_br, in_zstd, in_gzip] = CODINGS;
    let mut weighed = [(br, in_br), (zstd, in_zstd), (gzip, in_gzip)];
    weighed.sort_by_key(|(quality, _)| Reverse(*quality));
    weighed.map(|(quality, coding)| (quality >= identity.max(1)).then_some(coding))
}
