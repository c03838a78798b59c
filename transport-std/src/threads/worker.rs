//! A serving thread of mode `Threads`: one connection at a time, from start to end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{io, thread};

use bantam::{Outcome, Site};

use super::connection::SharedConnection;
use super::park::block_on;
use super::pool::Pool;
use super::stream::{DeadlineStream, SocketTimer};
use crate::shared::config::{ConnectionBuffers, THREAD_STACK_SIZE};
use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::proxy_header::HeaderProgress;
use crate::shared::serve::serve_connection;

/// What the threads of a server share.
pub(super) struct ThreadContext<S> {
    pub(super) pool: Arc<Pool>,
    pub(super) server: ServerContext,
    pub(super) site: S,
}

impl<S: Site + Send + Sync + 'static> ThreadContext<S> {
    /// Starts another thread.
    pub(super) fn spawn(self: &Arc<Self>) -> io::Result<()> {
        let context = Arc::clone(self);
        let builder = thread::Builder::new().name("bantam-worker".into()).stack_size(THREAD_STACK_SIZE);
        builder.spawn(move || context.run()).map(drop)
    }

    fn run(&self) {
        let mut buffers = ConnectionBuffers::new(&self.server.config);
        let mut date = DateCache::new();
        while let Some(lease) = self.pool.next_connection(&self.server.state) {
            self.serve(&lease.connection, &mut buffers, &mut date);
        }
    }

    fn serve(&self, connection: &SharedConnection, buffers: &mut ConnectionBuffers, date: &mut DateCache) {
        let Some(client) = self.client(connection) else { return };
        let (pool, server) = (&*self.pool, &self.server);
        let mut state = buffers.state(&server.config);
        let (log, timer) = (ExchangeLog::new(client), SocketTimer::new(server.config.deadlines));
        let mut transport = DeadlineStream { connection, pool, server, log, date, timer };
        while block_on(serve_connection(&mut transport, &mut state, &self.site, || false)) == Outcome::Idle {}
    }

    /// The client of a connection; `None` where its PROXY protocol header has not come.
    fn client(&self, connection: &SharedConnection) -> Option<Option<SocketAddr>> {
        let config = &self.server.config;
        let Some(mut header) = config.proxies.expects_header(connection.address) else {
            return Some(connection.address);
        };
        match connection.read_proxy_header(&mut header, config.deadlines.idle) {
            HeaderProgress::Client(client) => return Some(client),
            HeaderProgress::Malformed => {
                if let Ok(socket) = connection.socket.try_clone() {
                    self.server.rejector.missing_proxy_header(socket);
                }
            }
            HeaderProgress::Pending | HeaderProgress::Gone => {}
        }
        None
    }
}
