//! What a page sees: the details of its request, its response, and the connection between them.

mod connection;
mod details;
mod events;
#[cfg(feature = "ws")]
mod extended;
mod failure;
mod fields;
mod files;
#[cfg(feature = "ws")]
mod handshake;
#[cfg(feature = "json")]
mod json;
pub mod layers;
mod multipart;
mod optional;
mod pass;
mod respond;
pub mod router;
mod routes;
mod signature;
mod site;
mod text;
mod trail;
#[cfg(feature = "ws")]
mod websocket;

pub use self::connection::{Connection, LowLevelStream, Response};
pub use self::details::RequestDetails;
pub use self::events::Events;
pub use self::failure::Failure;
pub use self::fields::Fields;
pub use self::files::{Freshness, Representation, StaticFile, StaticFiles};
#[cfg(feature = "ws")]
pub use self::handshake::WebSocketOptions;
pub use self::multipart::{Multipart, Part};
pub(crate) use self::pass::Pass;
pub use self::site::{Layer, Layered, Or, Site};
pub(crate) use self::trail::Trail;
#[cfg(feature = "ws")]
pub use self::websocket::{SocketError, WebSocket};
