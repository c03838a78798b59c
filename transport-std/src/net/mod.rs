//! Listeners and sockets: the system calls that std does not make.

mod listener;
mod mio_listener;
pub(crate) mod sendfile;
#[cfg(unix)]
mod socket_file;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_listener;

pub(crate) use self::listener::{BACKLOG, Listener, per_worker};
pub(crate) use self::mio_listener::MioListener;
