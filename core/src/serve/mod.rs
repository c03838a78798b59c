//! Serving a connection: receive a head, let the site respond, refuse, close.

mod conversation;
mod exchange;
mod receive;
mod refuse;
mod response_buffer;
mod state;

pub use self::conversation::{DRAIN, Served, Site, abandon, serve, serve_until_idle, turn_away};
pub use self::response_buffer::PIECE;
pub use self::state::{Buffers, Session};
