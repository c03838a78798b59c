//! Listeners and sockets: the system calls that std does not make.

pub(crate) mod direct;
mod listener;
mod mio_listener;
pub(crate) mod sendfile;
#[cfg(unix)]
mod socket_file;
mod tcp_socket;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_listener;

pub(crate) use self::listener::{Listener, bind_beside, per_worker};
pub(crate) use self::mio_listener::MioListener;
pub(crate) use self::tcp_socket::BACKLOG;
