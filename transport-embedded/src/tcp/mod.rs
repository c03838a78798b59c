//! TCP over smoltcp, polled in a loop of the application: no executor, no interrupt handler, no heap.
//!
//! A [`TcpServer`] has sockets that listen on one port. A slot is a pair of buffers and the future that serves connections in
//! them ([`serve_slot`]). A connection takes a slot when it has bytes to read and gives it back between requests. An idle
//! connection costs its socket alone, so a server may have more sockets than slots.
//!
//! [`TcpServer::poll`] moves packets, runs the slots, and returns the time of its next call.
//!
//! # How many sockets and slots
//!
//! * A browser opens six connections to a site at once: take eight sockets. With fewer the others wait for a second or more, because
//!   their SYNs have to be repeated (see below).
//! * Two slots serve most sites: a slot serves a request for as long as its page runs, and then the next of any socket. A page that pauses
//!   and a stream of events keep theirs: take as many more as may be open at once.
//!
//! # Limits
//!
//! * All slots are taken: a socket that listens accepts the client, which then waits for a slot.
//! * No socket listens: responses carry `Connection: close`, and the connection that has been idle longest, for at least one
//!   second, is closed. A SYN gets no reply, so the client's system repeats it one second later. One or two spare sockets
//!   avoid that second.

#[cfg(feature = "dhcp")]
mod dhcp;
mod server;
mod slot;
mod socket_state;
mod stream;
mod syn_filter;

#[cfg(feature = "dhcp")]
pub use dhcp::{Dhcp, DhcpEvent};
pub use server::{SocketCounts, TcpServer};
pub use slot::{serve_slot, serve_slot_through};
