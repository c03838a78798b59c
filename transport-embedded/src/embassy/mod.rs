//! TCP over embassy-net: each worker is a task that serves one connection at a time, woken by its socket or a timer.
//!
//! The workers of one server share a [`ServerPort`]. Each calls [`run_worker`] with a socket and a pair of buffers: it
//! listens, serves a connection to its end, closes it, and listens again. There are as many connections at once as workers.
//!
//! The sockets are those of embassy-net 0.9, the clock is embassy-time's. The application brings the time driver, the network
//! driver and the executor, and enables the features of embassy-net that it needs, for example `dhcpv4`.
//!
//! # Limits
//!
//! embassy-net has no accept queue. While no worker listens, responses carry `Connection: close`, so that a worker soon
//! listens again, and a client that connects is reset. Use one or two workers more than there are persistent connections, or
//! a shorter [`bantam::Deadlines::idle`].

mod server_port;
mod stream;
mod worker;

pub use server_port::ServerPort;
pub use worker::run_worker;
