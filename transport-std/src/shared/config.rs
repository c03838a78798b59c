//! Configuration that every mode receives, and the memory sizes of a connection.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bantam::{ConnectionState, Deadlines};

use crate::access::observer::Observer;
use crate::proxy::TrustedProxies;
use crate::shared::limits::ConnectionLimits;
use crate::tls::Tls;

/// The request buffer of a connection that is served: 8 KB, which browsers with large cookies need.
/// [`Server::max_head`](crate::Server::max_head) changes it.
pub const REQUEST_BUFFER_SIZE: usize = 8 * 1024;
/// The response buffer of a connection that is served: 16 KB. Longer responses are sent in pieces.
pub const RESPONSE_BUFFER_SIZE: usize = 16 * 1024;
/// The stack of a thread of [`Mode::Threads`](crate::Mode::Threads): 512 KB of address space.
pub const THREAD_STACK_SIZE: usize = 512 * 1024;
/// The longest heads that [`Server::max_head`](crate::Server::max_head) allows, in bytes: at least 512, at most 64 KB.
pub const MAX_HEAD_RANGE: RangeInclusive<usize> = 512..=64 * 1024;

/// Settings of a server that has started.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) deadlines: Deadlines,
    pub(crate) limits: ConnectionLimits,
    pub(crate) max_connections: usize,
    pub(crate) body_limit: u64,
    /// In bytes; the request buffer is longer by what the framing of a body needs.
    pub(crate) max_head: usize,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) proxies: Arc<TrustedProxies>,
    /// For TCP connections; Unix sockets are plain.
    pub(crate) tls: Option<Tls>,
}

/// The buffers of a connection that is served.
#[derive(Debug)]
pub(crate) struct ConnectionBuffers {
    request: Box<[u8]>,
    response: Box<[u8]>,
}

impl ConnectionBuffers {
    /// Of zeros: the system maps zeroed memory when it is written to, so that a small request costs a page of a large buffer.
    pub(crate) fn new(config: &Config) -> Self {
        let zeros = |length| vec![0; length].into_boxed_slice();
        Self {
            request: zeros(config.max_head + ConnectionState::RESERVE),
            response: zeros(RESPONSE_BUFFER_SIZE),
        }
    }

    /// A new connection in these buffers.
    pub(crate) fn state(&mut self, config: &Config) -> ConnectionState<'_> {
        ConnectionState::new(&mut self.request, &mut self.response).body_limit(config.body_limit)
    }
}
