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
//!
//! Below a prefix, behind pages, and with a page of one's own for what is not there:
//!
//! ```
//! use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
//! use bantam_std::ServeDir;
//!
//! struct App {
//!     downloads: ServeDir,
//! }
//!
//! impl Site for App {
//!     bantam::routes! {
//!         POST "/orders" => order,
//!         USE "/downloads" => |app| &app.downloads,
//!     }
//! }
//!
//! struct NotFound;
//!
//! impl Site for NotFound {
//!     async fn request_handler<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
//!         let html = [("Content-Type", "text/html")];
//!         let response = Response::new(Status::NOT_FOUND).headers(&html);
//!         details.connection.make_response(response.body(b"<h1>Lost?</h1>")).await
//!     }
//! }
//! # async fn order<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
//! #     details.connection.make_response(Response::new(Status::NO_CONTENT)).await
//! # }
//!
//! # fn main() -> std::io::Result<()> {
//! # let (downloads, public) = (std::env::temp_dir(), std::env::temp_dir());
//! let app = App { downloads: ServeDir::open(downloads)? };
//! let site = app.or(ServeDir::open(public)?).or(NotFound);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "archive")]
mod archive;
#[cfg(target_os = "linux")]
mod beneath;
mod byte_ranges;
mod cache_control;
mod charset;
mod chosen_by;
#[cfg(feature = "compress")]
mod coded;
#[cfg(feature = "compress")]
mod coded_cache;
mod entry;
mod error_pages;
mod extension;
mod facts;
mod file;
mod listing;
mod listing_filter;
mod listing_json;
mod listing_load;
mod media_type;
mod negotiate;
mod open;
mod path;
mod resolve;
mod root;
mod send;
mod serve_dir;
mod stat;
mod system;
mod temporary_name;
mod text;
mod upload;

pub use self::cache_control::is_cache_control;
pub use self::open::Symlinks;
pub use self::serve_dir::{InvalidOption, ServeDir};
pub use self::upload::Uploads;
