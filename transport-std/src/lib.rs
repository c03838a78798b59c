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
//! [`guide`] goes on from here.
//!
//! # Modes, and what a connection costs
//!
//! [`Mode::EventLoop`], the default: a thread for each processor, each with an event loop and, where the system balances the
//! connections of an address between sockets (Linux), listeners of its own. An idle connection costs its socket and some 120
//! bytes. A connection with a request has a slot: a request buffer of [`REQUEST_BUFFER_SIZE`] bytes, a response buffer of
//! [`RESPONSE_BUFFER_SIZE`] bytes, and the future that serves. Slots are reused. There are as many as connections that are
//! in a request at the same time, at most [`Server::max_connections`]. [`Server::max_head`] sets the size of the request buffer.
//!
//! [`Mode::Threads`]: a connection that is served has a thread from a bounded pool, its stack ([`THREAD_STACK_SIZE`] of
//! address space, of which a few pages are touched) and the same two buffers. A connection in the queue costs its socket.
//!
//! `Mode::Tokio` (feature `tokio`): the event loop, on tokio's sockets and timers.
//!
//! With TLS (feature `tls`, `Server::tls`) an idle connection costs 8 KB more, and one with a request up to 72 KB: a record that is not
//! whole, what is decrypted, and 32 KB that are encrypted and not sent.
//!
//! # What waits
//!
//! A page in an event loop must not block. `pause` is a timer there; `send` and `recv` yield while the peer is slow, and after
//! some reads and writes in any case. A page that computes for long, or blocks, delays all connections of its worker. In
//! [`Mode::Threads`] a page may block. Every wait for the peer has a deadline ([`Deadlines`]).
//!
//! A page may await what is its own in every mode, such as a channel that another thread wakes. It may do so beside its connection, in a
//! `select`, with `pause`, [`gone`](bantam::Connection::gone), [`Events`](bantam::Events), the reads of
//! [`low_level`](bantam::Connection::low_level) and what follows these on the connection. In [`Mode::Threads`] `recv`, and `send` before any
//! of these, block the thread inside of their first poll: what they are selected with is polled when they are over.
//!
//! The [`Observer`] and the logger of the crate `log` are called by the threads that serve, and must not block either: a logger
//! that writes to stderr itself blocks while stderr is a pipe that is full or a terminal that is stopped, and the server with
//! it. The same holds for the default panic hook, which writes to stderr when a page panics. A program needs a queue and a
//! writer of its own for them, or none of them; the program `bantam` has one.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
#[cfg(feature = "compress")]
mod compress;
mod event_loop;
#[cfg(feature = "files")]
pub mod files;
pub mod guide;
mod net;
#[cfg(feature = "tokio")]
mod on_tokio;
mod paths;
mod proxy;
mod rate_limit;
mod running;
mod server;
mod shared;
mod threads;
mod tls;
#[cfg(feature = "ws-deflate")]
mod websocket;
#[cfg(any(feature = "compress", feature = "files"))]
mod yield_now;

pub use access::format::LogFormat;
pub use access::log::{FaultObserver, LogObserver};
pub use access::observer::{AccessRecord, Observer, Observes, RejectedConnection, TlsVersion};
pub use bantam::Deadlines;
#[cfg(feature = "compress")]
pub use compress::Compress;
#[cfg(feature = "files")]
pub use files::ServeDir;
pub use paths::{InvalidPath, Prefix, Redirect, Redirects};
pub use proxy::{ClientAddrSource, InvalidNetwork, TrustedProxies};
pub use rate_limit::{ByClient, Rate, RateKey, RateLimit};
pub use running::{RunningServer, ServerHandle};
pub use server::{Mode, PreparedServer, Server};
pub use shared::config::{MAX_HEAD_RANGE, REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE, THREAD_STACK_SIZE};
pub use shared::state::ConnectionCounts;
#[cfg(feature = "tls")]
pub use tls::Tls;
#[cfg(feature = "ws-deflate")]
pub use websocket::{DeflateSocket, websocket};

/// The code of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
