//! Configuration that every mode receives, and the memory sizes of a connection.

use std::sync::Arc;

use bantam::Deadlines;

use crate::access::observer::Observer;
use crate::proxy::TrustedProxies;

/// The request buffer of a connection that is served: 8 KB, which browsers with large cookies need.
pub const REQUEST_BUFFER_SIZE: usize = 8 * 1024;
/// The response buffer of a connection that is served: 16 KB. Longer responses are sent in pieces.
pub const RESPONSE_BUFFER_SIZE: usize = 16 * 1024;
/// The stack of a thread of [`Mode::Threads`](crate::Mode::Threads): 512 KB of address space.
pub const THREAD_STACK_SIZE: usize = 512 * 1024;

/// Settings of a server that has started.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) deadlines: Deadlines,
    pub(crate) max_connections: usize,
    pub(crate) body_limit: u64,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) proxies: Arc<TrustedProxies>,
}
