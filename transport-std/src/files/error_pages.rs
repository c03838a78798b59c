//! `ErrorPages`: files that answer what is refused, each for one status.
//!
//! Invariant: such a response has the status of the refusal; neither a range nor a condition of the request changes it.

use std::path::{Path, PathBuf};

use bantam::wire::{Method, Status};
use bantam::{Connection, RequestDetails, Response};

use super::chosen_by::ChosenBy;
use super::facts::{FactCache, Shown, Version};
use super::file::FileResponse;
use super::media_type::MediaType;
use super::open::Opened;
use super::root::Root;
use crate::access::warn_limit::WarnLimit;

/// Pages that are there no more, or cannot be read.
static MISSING: WarnLimit = WarnLimit::new();

/// Paths below the root.
#[derive(Debug, Default)]
pub(super) struct ErrorPages(Vec<(Status, PathBuf)>);

impl ErrorPages {
    /// Sets the page of a status, in place of the one before.
    pub(super) fn set(&mut self, status: Status, path: PathBuf) {
        self.0.retain(|(other, _)| *other != status);
        self.0.push((status, path));
    }

    /// Opens the page of a status. `None` if there is none, or if it cannot be read now.
    pub(super) fn open(&self, status: Status, root: &Root, cache: &FactCache) -> Option<Box<FileResponse>> {
        let (_, path) = self.0.iter().find(|(other, _)| *other == status)?;
        let page = open(path, root, cache);
        if page.is_none() {
            MISSING.warn(format_args!("the page {path:?} of status {} cannot be read", status.code()));
        }
        page
    }
}

fn open(path: &Path, root: &Root, cache: &FactCache) -> Option<Box<FileResponse>> {
    let Opened::File(file, stat) = root.look_up().ok()?.open_path(path).ok()?? else { return None };
    let version = Version { stat, media_type: MediaType::of(path), coding: None };
    let facts = cache.facts(&file, &version, Shown::Itself).ok()?;
    Some(FileResponse::new(file, &version, facts, ChosenBy::default()))
}

/// Makes the response of a page to a request that was refused.
///
/// # Errors
/// What the connection fails with, or the file.
pub(super) async fn respond<C: Connection>(
    page: Box<FileResponse>,
    details: &mut RequestDetails<'_, C>,
    status: Status,
) -> Result<(), C::Error> {
    let fields = [("Content-Type", page.content_type()), ("Cache-Control", "no-cache")];
    let response = Response::new(status).headers(&fields);
    let response = page.length().map_or(response, |length| response.length(length));
    details.connection.make_response(response).await?;
    if details.method == Method::Head { Ok(()) } else { page.send_whole(details.connection).await }
}
