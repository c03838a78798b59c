//! bantam on `std`: serves a [`Site`](bantam::Site) over TCP and Unix sockets, in an event loop, on threads or on tokio.
//!
//! ```no_run
//! use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
//!
//! struct Hello;
//! impl Site for Hello {
//!     async fn request_handler<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
//!         details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
//!     }
//! }
//!
//! fn main() -> std::io::Result<()> {
//!     let server = bantam_std::Server::new().bind("127.0.0.1:8080")?.start(Hello)?;
//!     server.wait();
//!     Ok(())
//! }
//! ```
//!
//! # Modes, and what a connection costs
//!
//! [`Mode::EventLoop`], the default: a thread for each processor, each with an event loop and, where the system balances the
//! connections of an address between sockets (Linux), listeners of its own. An idle connection costs its socket and some 200
//! bytes. A connection with a request has a slot: a request buffer of [`REQUEST_BUFFER_SIZE`] bytes, a response buffer of
//! [`RESPONSE_BUFFER_SIZE`] bytes, and the future that serves. Slots are reused. There are as many as connections that are
//! in a request at the same time, at most [`Server::max_connections`]. [`Server::max_head`] sets the size of the request buffer.
//!
//! [`Mode::Threads`]: a connection that is served has a thread from a bounded pool, its stack ([`THREAD_STACK_SIZE`] of
//! address space, of which a few pages are touched) and the same two buffers. A connection in the queue costs its socket.
//!
//! `Mode::Tokio` (feature `tokio`): the event loop, on tokio's sockets and timers.
//!
//! # What waits
//!
//! A page in an event loop must not block. `pause` is a timer there; `send` and `recv` yield while the peer is slow, and after
//! some reads and writes in any case. A page that computes for long, or blocks, delays all connections of its worker. In
//! [`Mode::Threads`] a page may block, and `pause` sleeps. Every wait for the peer has a deadline ([`Deadlines`]).
//!
//! The [`Observer`] and the logger of the crate `log` are called by the threads that serve, and must not block either: a logger
//! that writes to stderr itself blocks while stderr is a pipe that is full or a terminal that is stopped, and the server with
//! it. The same holds for the default panic hook, which writes to stderr when a page panics. A program needs a queue and a
//! writer of its own for them, or none of them; the program `bantam` has one.

#![forbid(unsafe_code)]

mod access;
mod event_loop;
#[cfg(feature = "files")]
pub mod files;
mod net;
#[cfg(feature = "tokio")]
mod on_tokio;
mod proxy;
mod running;
mod server;
mod shared;
mod threads;

pub use access::format::LogFormat;
pub use access::log::{FaultObserver, LogObserver};
pub use access::observer::{AccessRecord, Observer, Observes, RejectedConnection};
pub use bantam::Deadlines;
#[cfg(feature = "files")]
pub use files::ServeDir;
pub use proxy::{ClientAddrSource, InvalidNetwork, TrustedProxies};
pub use running::{RunningServer, ServerHandle};
pub use server::{Mode, Server};
pub use shared::config::{MAX_HEAD_RANGE, REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE, THREAD_STACK_SIZE};
pub use shared::state::ConnectionCounts;

/// The examples of the README, compiled.
#[cfg(all(doctest, feature = "files"))]
#[doc = include_str!("../../README.md")]
struct Readme;
