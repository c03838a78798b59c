//! Makes a bantam site of a crate's folders, in its build script: no line of code names a page or a file.
//!
//! ```no_run
//! // build.rs; Cargo.toml has `bantam-build` in [build-dependencies].
//! bantam_build::Generator::new().pages("pages").files("static").emit();
//! ```
//!
//! ```ignore
//! // src/main.rs: `site::Pages` is a `bantam::Site`.
//! mod site {
//!     bantam::site!();
//! }
//! ```
//!
//! # Pages
//!
//! A `.rs` file is a page, and its path in the folder is its path on the site, without `.rs`:
//!
//! | file | path |
//! |---|---|
//! | `about.rs` | `/about` |
//! | `index.rs`, `users/index.rs` | `/` and `/index`, `/users/` and `/users/index` |
//! | `users/[id].rs` | `/users/{id}`: one segment, `details.param("id")` |
//! | `users/[id]/notes.rs` | `/users/{id}/notes` |
//! | `files/[...path].rs` | `/files/{*path}`: the rest of the path, which may be empty |
//!
//! The more specific of two paths is asked first, from the left: `users/new.rs`, then `users/[id].rs`, then `users/[...rest].rs`. Pages and
//! static files share the paths, so that a file comes before a page with a parameter, too.
//!
//! A page has a function for each method, `pub async fn get`, `head`, `post`, `put`, `delete`, `options`, `trace` or `patch`, or one `pub async fn
//! request_handler` for GET and HEAD, or for the methods of `pub const ALLOW: &str = "GET, POST"`. HEAD comes with GET; 405 and OPTIONS are
//! answered without the page. A `pub fn` that returns `impl Future` is as good as an `async` one. Names that begin with a dot, and files that
//! do not end in `.rs`, are no pages.
//!
//! ```ignore
//! pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> { .. }
//! // With `Generator::state("crate::App")`:
//! pub async fn post<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> { .. }
//! ```
//!
//! A page is a module of the crate: it may `use crate::..`.
//!
//! `404.rs`, `405.rs`, `500.rs` and so on, in the first folder, answer what is refused with that status or fails, and `error.rs` all other
//! statuses: `pub async fn refused<C: Connection>(details: &mut RequestDetails<'_, C>, status: Status, reason: &'static str)`, by the rules of
//! `Site::refused`. Without one the core answers.
//!
//! # Static files
//!
//! Every file has its name as its path, a content type, `ETag`, `Last-Modified`, ranges and conditional requests. It is compressed when the
//! crate is built ([`Generator::codings`]). It has a second path with a hash of its content, such as `/style.3fa9c1d2.css`, which caches keep for a
//! year: `asset!("style.css")` in a page is `"style.3fa9c1d2.css"`, and a file that is not there does not compile. Write
//! `concat!("<link rel=stylesheet href=/", asset!("style.css"), ">")`.

mod compress;
mod emit;
mod error_pages;
mod files;
mod generator;
mod handlers;
mod order;
mod pages;
mod pattern;
mod walk;

#[cfg(test)]
#[path = "../../../transport-std/src/files/charset.rs"]
mod charset;
#[cfg(test)]
#[path = "../../../transport-std/src/files/extension.rs"]
mod extension;
#[cfg(test)]
mod folders;
#[cfg(test)]
#[path = "../../../transport-std/src/files/media_type.rs"]
mod media_type;
#[cfg(test)]
mod same_types;
#[cfg(test)]
#[path = "../../../transport-std/src/files/text.rs"]
mod text;

pub use self::compress::Coding;
pub use self::generator::Generator;

/// The code of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
