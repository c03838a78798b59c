//! What a page sees: the details of its request, its response, and the connection between them.

mod connection;
mod details;
mod files;
pub mod router;
mod routes;
mod site;

pub use self::connection::{Connection, Response};
pub use self::details::{Parsers, RequestDetails};
pub use self::files::{Freshness, Representation, StaticFile, StaticFiles};
pub use self::site::{Or, Site};
