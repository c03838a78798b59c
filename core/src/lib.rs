//! The core of bantam, an HTTP/1.1 server over any byte stream: no heap, no `unsafe`, no I/O of its own.
//!
//! Each part uses only those that follow it:
//!
//! * [`serve`]: the loop of a connection, from its first byte until it is idle or closed.
//! * [`Site`], [`routes!`], [`Layer`], [`RequestDetails`], [`Connection`], [`Response`], [`Failure`], [`Multipart`],
//!   [`Events`]: what a page sees.
//!   [`RequestDetails`] answers with text, HTML, pieces, redirects and, with the feature `json`, JSON.
//! * [`Transport`]: a byte stream with its clock and its peer; [`Blocking`]: the one over a blocking stream.
//! * [`Cycle`]: the state of one request and its response, without I/O.
//! * [`wire`]: the parser and the encoder. Without the feature `server` this crate is [`wire`] and [`Cycle`] alone, without
//!   async and without I/O.
//! * With the feature `testing`: `testing`, requests to a site without a socket, for tests of its pages.
//!
//! [`guide`] shows how sites are made, page by page.
//!
//! A site over a stream of bytes:
//!
//! ```
//! use bantam::{Blocking, Buffers, Connection, RequestDetails, Response, Site, blocking, serve, wire::Status};
//!
//! struct Greeting;
//!
//! impl Site for Greeting {
//!     async fn request_handler<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
//!         let text = [("Content-Type", "text/plain")];
//!         details.connection.make_response(Response::new(Status::OK).headers(&text)).await?;
//!         details.connection.send(b"Hello, ").await?;
//!         details.connection.send(details.uri.path.as_bytes()).await
//!     }
//! }
//! # struct Pipe(&'static [u8], Vec<u8>);
//! # impl embedded_io::ErrorType for Pipe { type Error = core::convert::Infallible; }
//! # impl embedded_io::Read for Pipe {
//! #     fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> { self.0.read(memory) }
//! # }
//! # impl embedded_io::Write for Pipe {
//! #     fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> { self.1.extend(bytes); Ok(bytes.len()) }
//! #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
//! # }
//! # let stream = Pipe(b"GET /Ada HTTP/1.1\r\nHost: a\r\n\r\n", Vec::new());
//!
//! let mut transport = Blocking::new(stream);
//! blocking::block_on(serve(&mut transport, &mut Buffers::<1024, 512>::new().state(), &Greeting)).unwrap();
//! # assert!(transport.stream.1.ends_with(b"\r\nContent-Length: 11\r\n\r\nHello, /Ada"));
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::manual_async_fn,
    reason = "an async fn keeps its arguments twice, and they are RAM per connection"
)]

#[cfg(any(test, feature = "testing"))]
extern crate std;

#[cfg(all(feature = "testing", target_os = "none"))]
compile_error!("the feature `testing` of bantam needs std: name it in [dev-dependencies] only");

#[cfg(feature = "server")]
pub mod blocking;
mod cycle;
#[cfg(feature = "server")]
mod deadlines;
mod error;
mod escape;
#[cfg(feature = "server")]
pub mod guide;
mod method;
#[cfg(feature = "server")]
mod page;
mod persistence;
#[cfg(feature = "server")]
mod record;
mod refusal;
#[cfg(feature = "server")]
mod serve;
mod slice;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "server")]
mod transport;
mod utf8_lossy;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "only the server uses them"))]
pub mod wire;

#[cfg(feature = "server")]
pub use page::layers;
#[cfg(feature = "server")]
#[doc(hidden)]
pub use page::router as __router;

#[cfg(all(feature = "server", feature = "ws"))]
pub use page::{SocketError, WebSocket, WebSocketOptions};

pub use cycle::{BodyFraming, Cycle};
pub use error::{Error, Fault, Misuse, PageError, Rejection, SourceError};
pub use escape::{Escaped, EscapedPieces, escape};
/// The parser combinators that the errors of [`wire`] belong to.
pub use nom;
pub use persistence::AfterExchange;
pub use refusal::{Refusal, RefusalStatus};
#[cfg(feature = "server")]
pub use {
    blocking::{Blocking, Hooks},
    deadlines::{Deadlines, PhaseTimer},
    page::{
        Connection, Events, Failure, Fields, Freshness, Layer, Layered, LowLevelStream, Multipart, Or, Part,
        Representation, RequestDetails, Response, Site, StaticFile, StaticFiles,
    },
    record::ExchangeRecord,
    serve::{
        Buffers, ConnectionState, MAX_DRAIN, MAX_WRITE, Outcome, recover, reject, serve, serve_until_idle,
    },
    transport::{Phase, Transport},
};

/// The code of the README, compiled.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
