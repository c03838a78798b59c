//! The WebSocket protocol, RFC 6455, without I/O: the handshake, frames and messages.

pub(crate) mod close;
pub(crate) mod decode;
pub(crate) mod deflate;
pub(crate) mod error;
pub(crate) mod extension;
pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod key;
pub(crate) mod mask;
pub(crate) mod rsv1;
pub(crate) mod utf8;
