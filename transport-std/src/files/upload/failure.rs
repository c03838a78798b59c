//! The refusals of uploads, each with a sentence, and the responses to errors of the disk.
//!
//! Invariant: no text of the system or of a client is in a response.

use std::io::{self, ErrorKind};

use bantam::wire::Status;
use bantam::{Connection, Failure, Refusal};

use crate::access::warn_limit::WarnLimit;
use crate::files::open::io_failure;

static FULL_DISK: WarnLimit = WarnLimit::new();
static DENIED: WarnLimit = WarnLimit::new();

/// The core has no reason phrase for it, as no device needs one.
pub(crate) const INSUFFICIENT_STORAGE: Status = match Status::new(507) {
    Some(status) => status,
    None => Status::INTERNAL_SERVER_ERROR,
};

const fn refusal(status: Status, reason: &'static str) -> Refusal {
    Refusal::new(status).reason(reason)
}

pub(super) static CROSS_ORIGIN: Refusal =
    refusal(Status::FORBIDDEN, "A page of another origin may not change files here.");
pub(super) static BAD_NAME: Refusal =
    refusal(Status::FORBIDDEN, "A file of this name cannot be stored here.");
pub(super) static NOT_WRITABLE: Refusal = refusal(Status::FORBIDDEN, "This folder takes no files.");
pub(super) static IS_FOLDER: Refusal =
    refusal(Status::CONFLICT, "This is the path of a folder, and only files are stored and removed.");
/// RFC 4918 section 9.7.1.
pub(super) static NO_FOLDER: Refusal =
    refusal(Status::CONFLICT, "There is no such folder, or a link leads to it.");
pub(super) static EXISTS: Refusal = refusal(Status::CONFLICT, "There is a file of this name already.");
pub(super) static NOT_A_FILE: Refusal =
    refusal(Status::CONFLICT, "Something of this name is there that is no plain file.");
pub(super) static NAMED_TWICE: Refusal = refusal(Status::CONFLICT, "The form has two files of one name.");
pub(super) static NO_FILE: Refusal = refusal(Status::BAD_REQUEST, "The form has no file.");
pub(super) static TOO_MANY_FILES: Refusal =
    refusal(Status::CONTENT_TOO_LARGE, "The form has too many files.");
pub(super) static PARTIAL: Refusal =
    refusal(Status::BAD_REQUEST, "A part of a file cannot be stored: Content-Range is for responses.");
pub(super) static CODED: Refusal = refusal(
    Status::UNSUPPORTED_MEDIA_TYPE,
    "A file is stored as it is sent: send it without Content-Encoding.",
);
pub(super) static NOT_A_FORM: Refusal = refusal(
    Status::UNSUPPORTED_MEDIA_TYPE,
    "A folder takes forms of the type multipart/form-data; a file is sent by PUT to its own path.",
);
pub(super) static CONDITION_FAILED: Refusal =
    refusal(Status::PRECONDITION_FAILED, "The file is not the one that the request expects.");
pub(super) static FULL: Refusal = refusal(INSUFFICIENT_STORAGE, "There is not enough room for this file.");
pub(super) static BUSY: Refusal = refusal(Status::SERVICE_UNAVAILABLE, "Too many files are being uploaded.")
    .fields(&[("Retry-After", "5")]);
pub(super) static NO_ROOT: Refusal =
    refusal(Status::SERVICE_UNAVAILABLE, "The files are not there at the moment.")
        .fields(&[("Retry-After", "1")]);

/// The page of [`INSUFFICIENT_STORAGE`], like those of the core.
pub(crate) fn storage_page(reason: &str) -> String {
    let title = "507 Insufficient Storage";
    format!("<!doctype html>\n<meta charset=utf-8>\n<title>{title}</title>\n<h1>{title}</h1>\n{reason}\n")
}

/// The response to an error while a file is stored or removed.
pub(super) fn disk_failure<C: Connection>(error: &io::Error) -> Failure {
    use ErrorKind::{
        AlreadyExists, FileTooLarge, InvalidFilename, IsADirectory, NotADirectory, NotFound,
        PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull, WriteZero,
    };
    let refusal = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge | WriteZero => {
            FULL_DISK.warn(format_args!("cannot store an upload: {error}: answered 507"));
            &FULL
        }
        PermissionDenied | ReadOnlyFilesystem => {
            DENIED.warn(format_args!("cannot store an upload: {error}: answered 403"));
            &NOT_WRITABLE
        }
        InvalidFilename => &BAD_NAME,
        AlreadyExists => &EXISTS,
        IsADirectory | NotADirectory => &NOT_A_FILE,
        NotFound => &NO_FOLDER,
        _ => return io_failure::<C>(error).into(),
    };
    refusal.into()
}
