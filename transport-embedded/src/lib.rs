//! bantam on devices: transports for the core that need neither `std` nor a heap.
//!
//! * [`tcp`] (feature `smoltcp`, default): TCP by smoltcp, in a loop without an executor.
//! * `embassy` (feature `embassy-net`): TCP by embassy-net, on an executor of the application's.
//! * [`serial`]: any blocking byte stream that can say whether it has something to read, with every phase timed by the
//!   device's own clock.
//!
//! The features `log` and `defmt` say, to the crates of those names, whom the loop accepts, refuses and drops, and why.
//!
//! # A transport of your own
//!
//! Whatever carries bytes both ways can carry HTTP: implement [`bantam::Transport`] for it. Here for one connection of a WiFi
//! module that has a TCP of its own and speaks to the processor in packets; only the three lines that move bytes know it.
//!
//! ```
//! use core::time::Duration;
//! use bantam::{Buffers, Deadlines, Phase, Transport, PhaseTimer, serve};
//! use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
//! # use std::cell::RefCell;
//! # /// A module that has been sent one request in packets of five bytes.
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
//! # async fn the_next_interrupt() {}
//!
//! struct Link<'m> {
//!     module: &'m Module, // shared by all links
//!     number: u8,
//!     watch: PhaseTimer,       // counts the phases' deadlines
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
//!                 return Ok(count); // 0: the peer has ended its side
//!             }
//!             if self.watch.remaining(self.module.now()).is_zero() {
//!                 return Err(ErrorKind::TimedOut);
//!             }
//!             the_next_interrupt().await; // or a timer
//!         }
//!     }
//! }
//!
//! impl Write for Link<'_> {
//!     async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
//!         Ok(self.module.send(self.number, bytes)) // as many as the module takes at once
//!     }
//!
//!     async fn flush(&mut self) -> Result<(), ErrorKind> {
//!         Ok(())
//!     }
//! }
//!
//! impl Transport for Link<'_> {
//!     fn enter(&mut self, phase: Phase) {
//!         self.watch.enter(phase);
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
//! let mut link = Link { module: &module, number, watch: PhaseTimer::new(Deadlines::DEFAULT) };
//! let mut buffers = Buffers::<1024, 512>::new();
//! let task = async { serve(&mut link, &mut buffers.state(), &site).await }; // for an executor, or a loop of your own
//! # bantam::blocking::block_on(task).unwrap();
//! # assert!(module.sent.borrow().ends_with(b"\r\n\r\nhello"));
//! ```
//!
//! [`bantam::Transport`] says what else it may know: how to wait, the peer's address, the date, how to end.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

#[cfg(feature = "embassy-net")]
pub mod embassy;
mod notice;
pub mod serial;
#[cfg(feature = "smoltcp")]
pub mod tcp;
