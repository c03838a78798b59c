//! `UploadHandler`: answers requests that write, by their method.
//!
//! Invariant: at most so many uploads as the options say are received at the same time.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use bantam::wire::{Method, MethodSet};
use bantam::{Connection, Failure, RequestDetails};

use super::failure::{BAD_NAME, BUSY, CROSS_ORIGIN, IS_FOLDER, NO_FOLDER};
use super::options::Uploads;
use super::same_origin::is_same_origin;
use super::target::open_folder;
use crate::files::facts::FactCache;
use crate::files::listing_load::Permit;
use crate::files::open::Opened;
use crate::files::path::RequestPath;
use crate::files::root::Root;

/// What may be done to a file, beside reading it.
const FILE: MethodSet = MethodSet::of(&[Method::Put, Method::Delete]);
/// What may be done to a folder.
const FOLDER: MethodSet = MethodSet::of(&[Method::Post]);

/// The directory that is served, as far as uploads need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'s> {
    pub(crate) root: &'s Root,
    pub(crate) cache: &'s FactCache,
    pub(crate) hidden: bool,
    /// The client displays the folder after a form: it is a browser, and folders are listed.
    pub(crate) displays_folder: bool,
}

#[derive(Debug)]
pub(crate) struct UploadHandler {
    pub(super) options: Uploads,
    /// Held from the last look at a name until it is changed. Nothing waits for a client meanwhile.
    pub(super) commits: Mutex<()>,
    active: AtomicUsize,
}

impl UploadHandler {
    pub(crate) fn new(options: Uploads) -> Self {
        Self { options, commits: Mutex::new(()), active: AtomicUsize::new(0) }
    }

    /// The methods of a file or a folder beside GET, HEAD and OPTIONS.
    pub(crate) const fn methods(is_folder: bool) -> MethodSet {
        if is_folder { FOLDER } else { FILE }
    }

    /// Returns true for a method that writes.
    pub(crate) const fn takes(method: Method<'_>) -> bool {
        FILE.with(FOLDER).contains(method)
    }

    /// Answers PUT, DELETE, and POST to a folder. Returns false for every other request, which has been left as it was.
    ///
    /// # Errors
    /// A refusal, and what the connection fails with.
    pub(crate) async fn answer<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        place: Place<'_>,
    ) -> Result<bool, Failure> {
        let is_same_origin = is_same_origin(&details.headers, details.host());
        let path = RequestPath::parse(details.rest(), place.hidden);
        if details.method == Method::Post {
            let Some(path) = path else { return Ok(false) };
            let Some(folder) = open_folder::<C>(place.root, &path.path)? else {
                // A link to a folder is displayed, and takes no files.
                let is_folder = place
                    .root
                    .look_up()
                    .is_ok_and(|root| matches!(root.open_path(&path.path), Ok(Some(Opened::Directory(_)))));
                return if is_folder { Err((&NO_FOLDER).into()) } else { Ok(false) };
            };
            if !is_same_origin {
                return Err((&CROSS_ORIGIN).into());
            }
            // Behind a prefix the root is `/` with and without a slash.
            let is_dir = details.uri.path.ends_with('/');
            self.form(details, place, &path.path, &folder, is_dir).await?;
            return Ok(true);
        }
        if !is_same_origin {
            return Err((&CROSS_ORIGIN).into());
        }
        let path = path.ok_or(&BAD_NAME)?;
        if path.is_dir {
            return Err((&IS_FOLDER).into());
        }
        check_name(&path.path)?;
        match details.method {
            Method::Delete => self.delete(details, place, &path.path).await?,
            _ => self.put(details, place, &path.path).await?,
        }
        Ok(true)
    }

    /// The permit of an upload.
    pub(super) fn permit(&self) -> Result<Permit<'_>, Failure> {
        Permit::acquire(&self.active, self.options.at_once).ok_or((&BUSY).into())
    }
}

/// Refuses a name with a control character, which no program expects in one.
pub(super) fn check_name(path: &Path) -> Result<(), Failure> {
    let has_control = path.as_os_str().as_encoded_bytes().iter().any(|byte| byte.is_ascii_control());
    if has_control { Err((&BAD_NAME).into()) } else { Ok(()) }
}
