//! Serving a connection: receive a head, let the site respond, refuse, close.

mod conversation;
mod exchange;
mod io;
mod low_level;
#[cfg(feature = "problem-json")]
mod problem;
mod receive;
mod refuse;
mod response_buffer;
mod staging;
mod state;

pub use self::conversation::{Outcome, serve, serve_until_idle};
pub use self::exchange::MAX_DRAIN;
pub use self::io::MAX_WRITE;
pub use self::refuse::{recover, reject};
pub use self::state::{Buffers, ConnectionState};
