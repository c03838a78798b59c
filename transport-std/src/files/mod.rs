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

mod cache_control;
mod cors;
mod entry;
mod file;
mod listing;
mod open;
mod path;
mod send;
mod serve_dir;

pub use self::cors::Cors;
pub use self::open::Symlinks;
pub use self::serve_dir::{InvalidOption, ServeDir};
