//! TCP by smoltcp, in a loop of the application's: no executor, no interrupt handler, no allocation.
//!
//! A [`Stack`] holds sockets, all of them listening on one port. A *slot* is a pair of buffers and the future that serves a
//! connection in them ([`slot`]). A connection takes a slot when something has come for it, and gives it back between
//! requests: so there may be more sockets than slots, and one that is only kept open costs its socket alone.
//!
//! [`Stack::poll`] does everything: moves packets, serves, and says when it wants to be called again.
//!
//! # What happens when it is full
//!
//! * All slots are busy: a client that connects is accepted as long as a socket is listening, and waits for a slot.
//! * No socket is listening: responses say `Connection: close`, and the connection that has been silent for longest, for a
//!   second at least, is closed. A client that connects meanwhile gets no answer: its system asks again a second later, and
//!   so on. Have a socket or two to spare, or it waits for a second where a few milliseconds would do.

#[cfg(feature = "dhcp")]
mod dhcp;
mod door;
mod serve;
mod stack;
mod station;
mod stream;

#[cfg(feature = "dhcp")]
pub use dhcp::{Dhcp, Lease};
pub use serve::slot;
pub use stack::{Census, Stack};
