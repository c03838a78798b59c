//! Mode `Tokio`: a current-thread runtime of tokio in each of a few threads.
//!
//! * [`worker`]: starts the runtimes, accepts, and waits for the end.
//! * [`worker_context`]: what the connections of a worker share.
//! * [`acceptor`]: the listeners of a worker.
//! * [`connection`]: the task of a connection, parked or served.
//! * [`stream`]: the transport, and [`phase_sleep`], the sleep that ends its phases.

mod acceptor;
mod connection;
mod phase_sleep;
mod stream;
mod tls_stream;
mod worker;
mod worker_context;

pub(crate) use worker::start;
