//! TLS: a session without I/O of its own, which every mode drives, and the certificates that it presents.
//!
//! * [`session`]: one connection: handshake, reads, writes and close_notify over a stream that the caller lends.
//! * [`handshake`]: what a handshake that has not succeeded has come to.
//! * [`settings`]: [`Tls`], what a user builds.
//! * [`certificates`]: the certificates by name, and their replacement; [`pem`] reads one, [`self_signed`] makes one,
//!   [`validity`] finds its end.
//!
//! Without the feature `tls` a [`Session`] cannot exist, and the code that drives one is left out.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod certificates;
mod handshake;
#[cfg(feature = "tls")]
mod pem;
#[cfg(feature = "tls")]
mod self_signed;
#[cfg(feature = "tls")]
mod session;
#[cfg(feature = "tls")]
mod settings;
#[cfg(feature = "tls")]
mod validity;

#[cfg(not(feature = "tls"))]
pub(crate) use self::absent::{Session, Tls};
pub(crate) use self::handshake::{BUSY_ALERT, HandshakeError};
#[cfg(feature = "tls")]
pub(crate) use self::session::Session;
#[cfg(feature = "tls")]
pub use self::settings::Tls;
