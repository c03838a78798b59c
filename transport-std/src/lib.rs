//! bantam on `std`: serves a [`Site`](bantam::Site) over TCP, one thread a connection from a bounded pool.
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
//!     println!("http://{}/", server.addresses()[0]);
//!     server.wait();
//!     Ok(())
//! }
//! ```
//!
//! # What a connection costs
//!
//! A connection that is served has a thread: its stack ([`STACK`] of address space, of which a few pages are touched), a
//! request buffer of [`REQUEST_BUFFER`] bytes and a response buffer of [`RESPONSE_BUFFER`] bytes. Threads and buffers are
//! reused. A connection that waits for a thread costs its socket.
//!
//! # What waits
//!
//! A page runs on its connection's thread and may block it: `pause` sleeps, `send` waits for the peer to read. Every wait
//! for the peer has a deadline ([`Deadlines`]).

#![forbid(unsafe_code)]

mod accept;
mod clock;
mod hours;
mod house;
mod log_line;
mod peer;
mod refuser;
#[cfg(feature = "root")]
pub mod root;
mod sendfile;
mod server;
mod stream;
mod surroundings;
mod worker;

pub use bantam::Deadlines;
#[cfg(feature = "root")]
pub use root::Root;
pub use server::{Running, Server, Stop};
pub use worker::{REQUEST_BUFFER, RESPONSE_BUFFER, STACK};

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
