//! Files that are part of the program: [`StaticFiles`] is a [`Site`](crate::Site) of them.

mod static_file;
mod static_files;

pub use self::static_file::{Representation, StaticFile};
pub use self::static_files::{Freshness, StaticFiles};
