//! TCP by embassy-net, on an executor: each worker is a task that sleeps until its socket or its clock wakes it.
//!
//! A [`Port`] is what the workers of one server share. A [`worker`] has a socket and a pair of buffers; it listens, serves
//! whoever connects to the end of the connection, sees it off, and listens again. As many connections as there are workers
//! are served at once. Nothing here needs a heap, and nothing is polled that has not been woken.
//!
//! The sockets are embassy-net's (0.9), the clock is embassy-time's: the application brings the time driver, the network
//! driver, and the executor, and turns on the features of embassy-net that it needs (`dhcpv4` for one).
//!
//! # What happens when it is full
//!
//! embassy-net has no queue of connections. When no worker listens, responses say `Connection: close`, so that a worker
//! soon listens again; a client that connects meanwhile is reset. Have a worker or two more than clients that keep their
//! connections, or shorten [`bantam::Deadlines::idle`].

mod port;
mod stream;
mod worker;

pub use port::Port;
pub use worker::worker;
