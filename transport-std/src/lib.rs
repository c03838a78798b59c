//! bantam on `std`: serves a [`Site`](bantam::Site) over TCP, in an event loop or on threads.
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
//!     println!("http://{}/", server.local_addrs()[0]);
//!     server.wait();
//!     Ok(())
//! }
//! ```
//!
//! # Who serves, and what a connection costs
//!
//! [`Mode::EventLoop`], which one has without asking: a thread for each processor, each with an event loop of its own and, where
//! the system divides connections among those who listen (Linux), a listener of its own. A connection that is idle costs its socket
//! and some 200 bytes. While a request of it is under way it has a slot: a request buffer of [`REQUEST_BUFFER_SIZE`] bytes, a
//! response buffer of [`RESPONSE_BUFFER_SIZE`] bytes, and the future that serves. Slots are used again; if all
//! [`Server::max_connections`] send half a request at the same time, each has one.
//!
//! [`Mode::Threads`]: a connection that is served has a thread from a bounded pool, its stack ([`THREAD_STACK_SIZE`] of address space, of
//! which a few pages are touched) and the same two buffers. A connection that waits for a thread costs its socket.
//!
//! `Mode::Tokio` (feature `tokio`): the loop, on tokio's sockets and timers.
//!
//! # What waits
//!
//! In a loop nothing may block: `pause` is a timer, `send` and `recv` give way while the peer is slow, and a client that
//! pipelines without end has its turn like everybody else; but a page that computes for long, or waits without awaiting,
//! holds up all connections of its worker. For such pages there are threads: there a page may block, and `pause` sleeps. Every wait
//! for the peer has a deadline ([`Deadlines`]).

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

pub use access::format::LogLine;
pub use access::log::LogObserver;
pub use access::observer::{AccessRecord, Observer};
pub use bantam::Deadlines;
#[cfg(feature = "files")]
pub use files::ServeDir;
pub use proxy::{ClientAddrSource, InvalidNetwork, TrustedProxies};
pub use running::{ConnectionCounts, RunningServer, ServerHandle};
pub use server::{Mode, Server};
pub use threads::THREAD_STACK_SIZE;

/// The request buffer of a connection that is served: 8 KB, which browsers with large cookies need.
pub const REQUEST_BUFFER_SIZE: usize = 8 * 1024;
/// The response buffer of a connection that is served: 16 KB; what is longer passes through in pieces.
pub const RESPONSE_BUFFER_SIZE: usize = 16 * 1024;

/// The examples of the README, compiled.
#[cfg(all(doctest, feature = "files"))]
#[doc = include_str!("../../README.md")]
struct Readme;
