//! The conditions of a request that writes (RFC 9110 section 13.1), against the file that has the name.
//!
//! Invariant: the entity tag is the one that a GET of the file itself states.

use std::fs::File;
use std::io;
use std::path::Path;

use bantam::wire::{Date, Headers, Precondition, Validators};

use super::target::Target;
use crate::files::facts::{Etag, FactCache, Shown, Version};
use crate::files::media_type::{Found, MediaType};
use crate::files::open::Opened;
use crate::files::stat::FileStat;

const CONDITIONS: [&str; 3] = ["if-match", "if-none-match", "if-unmodified-since"];

/// The tag of an open file of this name.
///
/// # Errors
/// The system's.
pub(super) fn etag(file: &File, name: &Path, cache: &FactCache) -> io::Result<Option<Etag>> {
    let (_, stat) = FileStat::of(file)?;
    let mut version = Version { stat, media_type: MediaType::of(name), coding: None };
    let facts = cache.facts(file, &version, Shown::Itself)?;
    if facts.found == Found::Gzip {
        version.coding = Some("gzip");
    }
    Ok(facts.etag(stat.size, version.coding))
}

/// Returns true if the conditions of the request allow that the file is replaced, made or removed. Without a condition nothing is read.
///
/// # Errors
/// The system's.
pub(super) fn are_met(headers: &Headers<'_>, target: &Target, cache: &FactCache) -> io::Result<bool> {
    if CONDITIONS.iter().all(|name| headers.first(name).is_none()) {
        return Ok(true);
    }
    let name = Path::new(&target.name);
    let Some(Opened::File(file, stat)) = target.folder.open_path(name)? else {
        // Also `*` names a current representation (section 13.1.1).
        return Ok(headers.first("if-match").is_none());
    };
    let etag = etag(&file, name, cache)?;
    let modified = u64::try_from(stat.modified.seconds).ok().filter(|seconds| *seconds < 253_402_300_800);
    let modified = modified.map(|seconds| Date::new(seconds).imf_fixdate());
    let validators = Validators {
        etag: etag.as_ref().map(Etag::as_str),
        modified: modified.as_ref().and_then(|date| str::from_utf8(date).ok()),
        modified_is_strong: false,
    };
    Ok(validators.evaluate(headers, false) == Precondition::Passed)
}
