//! What a page sees: the details of its request, its response, and the connection between them.

mod connection;
mod details;
mod failure;
mod fields;
mod files;
pub mod layers;
mod pass;
mod respond;
pub mod router;
mod routes;
mod site;
mod text;
mod trail;

pub use self::connection::{Connection, Response};
pub use self::details::{Parsers, RequestDetails};
pub use self::failure::Failure;
pub use self::fields::Fields;
pub use self::files::{Freshness, Representation, StaticFile, StaticFiles};
pub use self::site::{Layer, Layered, Or, Site};
pub(crate) use self::trail::Trail;
