//! What a page sees: the details of its request, its response, and the connection between them.

mod connection;
mod details;
pub mod router;
mod routes;
mod signature;
mod site;

pub use self::connection::{Connection, Response};
pub use self::details::RequestDetails;
pub use self::site::{Or, Site};
