//! The last step of an upload: the content that was received gets its name.
//!
//! Invariant: between the last look at what has the name and the rename no other upload of this server changes it.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::PoisonError;

use bantam::wire::Headers;
use bantam::{Connection, Failure};

use super::background;
use super::conditions::{are_met, etag};
use super::failure::{CONDITION_FAILED, EXISTS, FULL, NO_FOLDER, NOT_A_FILE, disk_failure};
use super::handler::{Place, UploadHandler};
use super::space::free_space;
use super::target::{Existing, Target};
use super::temporary_file::TemporaryFile;
use crate::files::facts::Etag;

/// The free space is looked at again after so many bytes: 4 MB.
const SPACE_INTERVAL: u64 = 4 << 20;
/// How often a name may be taken and given back by other programs in the moment between look and rename.
const ATTEMPTS: usize = 4;

/// The content of a file as it arrives.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) target: Target,
    file: TemporaryFile,
    next_check: u64,
}

/// What has become of an upload.
#[derive(Debug)]
pub(super) struct Stored {
    /// Another file had the name.
    pub(super) has_replaced: bool,
    pub(super) etag: Option<Etag>,
    pub(super) target: Target,
}

impl UploadHandler {
    /// Refuses a file that could not get its name now.
    pub(super) fn check<C: Connection>(
        &self,
        place: &Place<'_>,
        target: &Target,
        headers: Option<&Headers<'_>>,
    ) -> Result<Existing, Failure> {
        let existing = target.existing().map_err(|error| disk_failure::<C>(&error))?;
        // What is refused anyway is refused whatever the conditions are (RFC 9110 section 13.2.1).
        match existing {
            Existing::Other => return Err((&NOT_A_FILE).into()),
            Existing::File(_) if !self.options.overwrite => return Err((&EXISTS).into()),
            _ => {}
        }
        match headers.map(|headers| are_met(headers, target, place.cache)).transpose() {
            Ok(Some(false)) => Err((&CONDITION_FAILED).into()),
            Ok(_) => Ok(existing),
            Err(error) => Err(disk_failure::<C>(&error)),
        }
    }

    /// Refuses a file of `length` bytes that would leave too little free.
    pub(super) fn check_space(&self, target: &Target, length: u64) -> Result<(), Failure> {
        let wanted = self.options.min_free.saturating_add(length);
        match free_space(&target.folder.dir) {
            Some(free) if free < wanted => Err((&FULL).into()),
            _ => Ok(()),
        }
    }

    /// Begins with an empty file under a hidden name.
    pub(super) fn begin<C: Connection>(&self, target: Target) -> Result<Incoming, Failure> {
        let file = TemporaryFile::create(&target.folder.dir).map_err(|error| disk_failure::<C>(&error))?;
        Ok(Incoming { target, file, next_check: SPACE_INTERVAL })
    }

    /// Appends bytes, of which there may be so many that the file is too long.
    pub(super) fn append<C: Connection>(&self, incoming: &mut Incoming, bytes: &[u8]) -> Result<(), Failure> {
        if incoming.file.length.saturating_add(bytes.len() as u64) > self.options.max {
            return Err(bantam::Rejection::ContentTooLarge.into());
        }
        incoming.file.write(bytes).map_err(|error| disk_failure::<C>(&error))?;
        if incoming.file.length >= incoming.next_check {
            incoming.next_check = incoming.file.length + SPACE_INTERVAL;
            self.check_space(&incoming.target, 0)?;
        }
        Ok(())
    }

    /// Waits until the content is on the disk, if that is wanted.
    pub(super) async fn sync_content<C: Connection>(&self, incoming: &Incoming) -> Result<(), Failure> {
        if !self.options.fsync {
            return Ok(());
        }
        let file = incoming.file.try_clone().map_err(|error| disk_failure::<C>(&error))?;
        self.in_background::<C>(move || File::sync_all(&file)).await
    }

    /// Waits until the names of the folder are on the disk, if that is wanted.
    pub(super) async fn sync_names<C: Connection>(&self, target: &Target) -> Result<(), Failure> {
        if !self.options.fsync {
            return Ok(());
        }
        let folder = target.folder.clone();
        self.in_background::<C>(move || Target::sync_folder(&folder)).await
    }

    async fn in_background<C: Connection>(
        &self,
        work: impl FnOnce() -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), Failure> {
        background::run(work).await.map_err(|error| disk_failure::<C>(&error))
    }

    /// Gives the content its name, if that may still have it.
    pub(super) fn store<C: Connection>(
        &self,
        place: &Place<'_>,
        mut incoming: Incoming,
        headers: Option<&Headers<'_>>,
    ) -> Result<Stored, Failure> {
        let Incoming { target, file, .. } = &mut incoming;
        let _commit = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = 0..ATTEMPTS;
        let has_replaced = loop {
            if !target.is_in_place::<C>(place.root)? {
                return Err((&NO_FOLDER).into());
            }
            let existing = self.check::<C>(place, target, headers)?;
            if let Existing::File(mode) = existing {
                file.set_mode(mode).map_err(|error| disk_failure::<C>(&error))?;
            }
            let replaces = matches!(existing, Existing::File(_));
            match file.store(&target.name, replaces) {
                Ok(()) => break replaces,
                // Another program has made such a file since.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && attempts.next().is_some() => {}
                Err(error) => return Err(disk_failure::<C>(&error)),
            }
        };
        // It is stored, whether its tag can be told or not.
        let etag = etag(file.file(), Path::new(&target.name), place.cache).ok().flatten();
        Ok(Stored { has_replaced, etag, target: incoming.target })
    }
}
