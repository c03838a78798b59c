//! TCP over embassy-net: each worker is a task that serves one connection at a time, woken by its socket or a timer.
//!
//! The workers of one server share a [`ServerPort`]. Each calls [`run_worker`] with a socket and a pair of buffers: it
//! listens, serves a connection to its end, closes it, and listens again. There are as many connections at once as workers.
//!
//! The sockets are those of embassy-net 0.9, the clock is embassy-time's. The application brings the time driver, the network
//! driver and the executor, and enables the features of embassy-net that it needs, for example `dhcpv4`.
//!
//! # More clients than workers
//!
//! embassy-net has no accept queue and resets a client that connects while no socket listens. [`SynFilter`], a driver around the
//! driver, lets it wait instead; without the filter use one or two workers more than there are persistent connections.
//!
//! While no worker listens, responses carry `Connection: close`. While a client waits, a connection that has been idle for one
//! second is closed: as many as there are clients, and each in [`bantam::Deadlines::close`] if its peer does not close its side.
//! So the browser's usual six connections are served by two workers, one after the other.
//!
//! A worker keeps its buffers while its connection is idle: those of a [`TcpSocket`](embassy_net::tcp::TcpSocket) belong to it for
//! as long as it exists, and those for HTTP are the smaller part.

mod server_port;
mod stream;
mod syn_filter;
mod worker;

pub use server_port::{ServerPort, WorkerCounts};
pub use syn_filter::{FilteredRxToken, SynFilter};
pub use worker::{run_worker, run_worker_through};
