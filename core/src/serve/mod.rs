//! Serving a connection: receive a head, let the site respond, refuse, close.

mod conversation;
mod exchange;
mod receive;
mod refuse;
mod response_buffer;
mod state;

pub use self::conversation::{MAX_DRAIN, Outcome, Site, recover, reject, serve, serve_until_idle};
pub use self::response_buffer::MAX_WRITE;
pub use self::state::{Buffers, ConnectionState};
