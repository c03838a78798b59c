//! DELETE of a file (RFC 9110 section 9.3.5).

use std::path::Path;
use std::sync::PoisonError;

use bantam::wire::Status;
use bantam::{Connection, Failure, Rejection, RequestDetails, Response};

use super::conditions::are_met;
use super::failure::{CONDITION_FAILED, IS_FOLDER, NOT_A_FILE, disk_failure};
use super::handler::{Place, UploadHandler};
use super::target::{Existing, Target};

impl UploadHandler {
    /// Removes a regular file. What is not there is 404, which another site may answer.
    pub(super) async fn delete<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        place: Place<'_>,
        path: &Path,
    ) -> Result<(), Failure> {
        let Ok(target) = Target::find::<C>(place.root, path) else { return Err(Rejection::NoRoute.into()) };
        self.remove::<C>(details, &place, &target)?;
        self.sync_names::<C>(&target).await?;
        Ok(details.connection.make_response(Response::new(Status::NO_CONTENT)).await?)
    }

    fn remove<C: Connection>(
        &self,
        details: &RequestDetails<'_, C>,
        place: &Place<'_>,
        target: &Target,
    ) -> Result<(), Failure> {
        let _commit = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = |error| disk_failure::<C>(&error);
        match target.existing().map_err(failure)? {
            Existing::Nothing => return Err(Rejection::NoRoute.into()),
            Existing::Other => {
                let is_folder =
                    target.folder.dir.symlink_metadata(&target.name).is_ok_and(|found| found.is_dir());
                return Err(if is_folder { &IS_FOLDER } else { &NOT_A_FILE }.into());
            }
            Existing::File(_) => {}
        }
        if !are_met(&details.headers, target, place.cache).map_err(failure)? {
            return Err((&CONDITION_FAILED).into());
        }
        target.folder.dir.remove_file(&target.name).map_err(failure)
    }
}
