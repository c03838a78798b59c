//! `no_std` transports for bantam, without a heap: TCP over smoltcp, TCP over embassy-net, serial lines.
//!
//! * `tcp` (feature `smoltcp`, default): TCP over smoltcp, polled in a loop without an executor.
//! * `embassy` (feature `embassy-net`): TCP over embassy-net, on the application's executor.
//! * [`serial`]: a blocking byte stream with `ReadReady`, with a deadline for every phase.
//!
//! A [`StreamLayer`] stands between the sockets of `tcp` and the server: TLS, a tap, a limit of the rate.
//!
//! The features `log` and `defmt` log each connection that is accepted, refused or dropped, with the peer and the reason.
//! The logger is called between two packets: one that waits for its output, such as a serial line, delays every connection.
//!
//! What a board needs is in `your_own_board`. `firmware/src/bin/captive_portal` beside this crate is a form for a WiFi network that phones open by
//! themselves, with a DNS responder over a UDP socket of the application (`tcp::TcpServer::with_sockets`).
//!
//! # A transport of your own
//!
//! Implement [`bantam::Transport`] for any type that carries bytes both ways. This example serves one connection of a WiFi
//! module that has a TCP of its own and exchanges packets with the processor.
//!
//! ```
//! use core::time::Duration;
//! use bantam::{Buffers, Deadlines, Phase, Transport, PhaseTimer, serve};
//! use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
//! # use std::cell::RefCell;
//! # /// Receives one request in packets of five bytes.
//! # struct Module { packets: RefCell<Vec<Vec<u8>>>, sent: RefCell<Vec<u8>> }
//! # impl Module {
//! #     fn receive(&self, _link: u8, memory: &mut [u8]) -> Option<usize> {
//! #         let packet = self.packets.borrow_mut().pop()?;
//! #         memory[..packet.len()].copy_from_slice(&packet);
//! #         Some(packet.len())
//! #     }
//! #     fn send(&self, _link: u8, bytes: &[u8]) -> usize {
//! #         self.sent.borrow_mut().extend_from_slice(&bytes[..bytes.len().min(7)]);
//! #         bytes.len().min(7)
//! #     }
//! #     fn now(&self) -> Duration { Duration::ZERO }
//! # }
//! # async fn next_interrupt() {}
//!
//! struct Link<'m> {
//!     module: &'m Module, // all links use it
//!     number: u8,
//!     timer: PhaseTimer,  // the deadline of the current phase
//! }
//!
//! impl ErrorType for Link<'_> {
//!     type Error = ErrorKind;
//! }
//!
//! impl Read for Link<'_> {
//!     async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
//!         loop {
//!             if let Some(count) = self.module.receive(self.number, memory) {
//!                 return Ok(count); // 0: end of the stream
//!             }
//!             if self.timer.remaining(self.module.now()).is_zero() {
//!                 return Err(ErrorKind::TimedOut);
//!             }
//!             next_interrupt().await; // or a timer
//!         }
//!     }
//! }
//!
//! impl Write for Link<'_> {
//!     async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
//!         Ok(self.module.send(self.number, bytes)) // a partial write
//!     }
//!
//!     async fn flush(&mut self) -> Result<(), ErrorKind> {
//!         Ok(())
//!     }
//! }
//!
//! impl Transport for Link<'_> {
//!     fn enter(&mut self, phase: Phase) {
//!         self.timer.enter(phase);
//!     }
//! }
//! # struct Hello;
//! # impl bantam::Site for Hello {
//! #     async fn request_handler<C: bantam::Connection>(
//! #         &self, details: &mut bantam::RequestDetails<'_, C>,
//! #     ) -> Result<(), C::Error> {
//! #         details.connection.make_response(bantam::Response::new(bantam::wire::Status::OK).body(b"hello")).await
//! #     }
//! # }
//! # let mut packets = vec![vec![]];
//! # packets.extend(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".chunks(5).rev().map(<[u8]>::to_vec));
//! # let module = Module { packets: packets.into(), sent: vec![].into() };
//! # let (number, site) = (0, Hello);
//!
//! let mut link = Link { module: &module, number, timer: PhaseTimer::new(Deadlines::DEFAULT) };
//! let mut buffers = Buffers::<1024, 512>::new();
//! let task = async { serve(&mut link, &mut buffers.state(), &site).await }; // to spawn or to poll
//! # bantam::blocking::block_on(task).unwrap();
//! # assert!(module.sent.borrow().ends_with(b"\r\n\r\nhello"));
//! ```
//!
//! The other methods of [`bantam::Transport`] have defaults: pause, peer address, date, shutdown.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

#[cfg(feature = "embassy-net")]
pub mod embassy;
mod log;
pub mod serial;
mod stream_layer;
#[cfg(any(feature = "smoltcp", feature = "embassy-net"))]
mod syn;
#[cfg(feature = "smoltcp")]
pub mod tcp;
#[cfg(all(doc, feature = "smoltcp"))]
pub mod your_own_board;

pub use stream_layer::StreamLayer;

/// The code of the README, compiled.
#[cfg(all(doctest, feature = "smoltcp"))]
#[doc = include_str!("../README.md")]
struct Readme;
