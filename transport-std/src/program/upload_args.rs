//! The flags of uploads, and what is said about them at the start.

use std::net::SocketAddr;
use std::path::Path;

use bantam_std::ServeDir;
use bantam_std::files::Uploads;
use clap::Args;
use log::{info, warn};

use crate::access;
use crate::values::{self, Size};

#[derive(Debug, Args)]
#[command(next_help_heading = "Uploads")]
pub(crate) struct UploadArgs {
    /// Let clients store files below the root (PUT of a path, or a form to a folder, which listings have) and remove them
    /// (DELETE): any client, unless --basic-auth asks for a password. A large file may need a longer --timeout-body-total
    /// [default: the files are only read]
    #[arg(long, requires = "root")]
    upload: bool,

    /// Maximum length of an uploaded file, in bytes or such as 64k, 16m or 1g; longer ones are answered 413 [default: 1g]
    #[arg(long, value_name = "SIZE", requires = "upload", value_parser = values::size)]
    upload_max: Option<Size>,

    /// Let an upload take the place of a file [default: it is answered 409]
    #[arg(long, requires = "upload")]
    upload_overwrite: bool,

    /// Space that uploads leave free on the disk, in bytes or such as 64k, 16m or 1g; what does not fit is answered 507 [default:
    /// 64m]
    #[arg(long, value_name = "SIZE", requires = "upload", value_parser = values::size)]
    upload_min_free: Option<Size>,

    /// Answer an upload when the disk has it (fsync), so that a loss of power loses nothing that was answered [default: when the
    /// system has it]
    #[arg(long, requires = "upload")]
    upload_fsync: bool,
}

impl UploadArgs {
    /// Returns true if files below the root change.
    pub(crate) const fn is_on(&self) -> bool {
        self.upload
    }

    /// The site of a root, which takes files if --upload is on. Warns about a root that this user may not write.
    pub(crate) fn apply(&self, root: ServeDir, path: &Path) -> ServeDir {
        if !self.upload {
            return root;
        }
        if let Err(error) = access::create_beside(&path.join("file")) {
            warn!("--upload: this user cannot store files in {}: {error}", path.display());
        }
        let size = |size: Option<Size>, default| size.map_or(default, |size| size.0);
        root.uploads(
            Uploads::new()
                .max(size(self.upload_max, Uploads::DEFAULT_MAX))
                .overwrite(self.upload_overwrite)
                .min_free(size(self.upload_min_free, Uploads::DEFAULT_MIN_FREE))
                .fsync(self.upload_fsync),
        )
    }

    /// Removes what uploads have left behind that a kill ended, on a thread of its own.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn clean(&self, root: Option<&Path>) -> Result<(), String> {
        let Some(root) = root.filter(|_| self.upload).map(Path::to_owned) else { return Ok(()) };
        let clean = move || match ServeDir::open(root).and_then(|root| root.remove_stale_uploads()) {
            Ok(0) => {}
            Ok(count) => info!("removed {count} files of uploads that did not end"),
            Err(error) => warn!("cannot look for uploads that did not end: {error}"),
        };
        let thread = std::thread::Builder::new().name("bantam-uploads".into()).spawn(clean);
        thread.map(drop).map_err(|error| format!("cannot start a thread: {error}"))
    }

    /// Warns if other machines may write without a password.
    pub(crate) fn warn_if_open(&self, has_users: bool, mut addresses: impl Iterator<Item = SocketAddr>) {
        if !self.upload || has_users {
            return;
        }
        if let Some(address) = addresses.find(|address| !address.ip().to_canonical().is_loopback()) {
            warn!(
                "--upload: every machine that reaches {address} may store and remove files, without a password (--basic-auth)"
            );
        }
    }
}
