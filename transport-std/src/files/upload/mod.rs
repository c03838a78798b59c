//! Uploads to a directory that is served: PUT, DELETE, and forms with files (RFC 9110 section 9.3, RFC 7578).
//!
//! Invariant: a name has its old content or all of the new one at every moment, whatever fails or is killed, and nothing is made,
//! changed or removed outside the root or through a link.

mod background;
mod conditions;
mod delete;
mod failure;
mod form;
mod handler;
mod options;
mod put;
mod same_origin;
mod space;
mod stale;
mod store;
mod target;
mod temporary_file;

pub(super) use self::failure::{INSUFFICIENT_STORAGE, storage_page};
pub(super) use self::handler::{Place, UploadHandler};
pub use self::options::Uploads;
pub(super) use self::stale::remove_stale;
