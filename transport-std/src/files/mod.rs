//! Files from a directory on disk, as a [`Site`](bantam::Site): [`ServeDir`].
//!
//! ```no_run
//! use bantam_std::{ServeDir, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let files = ServeDir::open("public")?.listing(true).cache_control("max-age=3600")?;
//! Server::new().bind("127.0.0.1:8080")?.start(files)?.wait();
//! # Ok(())
//! # }
//! ```

#[cfg(target_os = "linux")]
mod beneath;
mod cache_control;
mod charset;
mod cors;
mod entry;
mod facts;
mod file;
mod listing;
mod listing_load;
mod media_type;
mod negotiate;
mod open;
mod path;
mod root;
mod send;
mod serve_dir;
mod stat;
mod text;

pub use self::cors::Cors;
pub use self::open::Symlinks;
pub use self::serve_dir::{InvalidOption, ServeDir};
