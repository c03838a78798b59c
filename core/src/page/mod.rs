//! What a page sees: the details of its request, its response, and the connection between them.

mod connection;
mod details;
#[cfg(feature = "ws")]
mod handshake;
mod multipart;
pub mod router;
mod routes;
mod site;
#[cfg(feature = "ws")]
mod websocket;

pub use self::connection::{Connection, Response};
pub use self::details::{Parsers, RequestDetails};
#[cfg(feature = "ws")]
pub use self::handshake::WebSocketOptions;
pub use self::multipart::{Multipart, Part};
pub use self::site::{Or, Site};
#[cfg(feature = "ws")]
pub use self::websocket::{SocketError, WebSocket};
