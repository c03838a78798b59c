//! Law: what the event loop does by itself is here left to tokio, a runtime for each worker; the pages see no difference.
//!
//! * [`worker`]: a runtime, who comes in, and the end.
//! * [`worker_context`]: what the connections of a worker share.
//! * [`connection`]: a connection's task, parked or served.
//! * [`stream`]: what the core reads and writes, and when that takes too long.

mod connection;
mod stream;
mod worker;
mod worker_context;

pub(crate) use worker::start;
