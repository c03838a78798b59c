//! A serving thread of mode `Threads`: one connection at a time, from start to end.

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
use crate::shared::guard::{drop_guarded, guard};
use crate::shared::proxy_header::HeaderProgress;
use crate::shared::serve::serve_connection;

/// What is left of a connection that is over.
enum Ended {
    Closed,
    /// Its last response is written, and the peer may still send.
    Lingering,
    /// It lacks the PROXY protocol header.
    Malformed,
}

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
        let run = move || {
            if guard(|| context.run()).is_none() {
                context.pool.thread_died();
                context.server.state.worker_restarted(0);
            }
            // The last thread drops the site with it.
            drop_guarded(context);
        };
        builder.spawn(run).map(drop)
    }

    fn run(&self) {
        let mut buffers = ConnectionBuffers::new(&self.server.config);
        let mut date = DateCache::new();
        while let Some(lease) = self.pool.next_connection(&self.server.state) {
            let ended = guard(|| self.serve(&lease.connection, &mut buffers, &mut date));
            match (ended, lease.release()) {
                (None, _) => self.server.state.worker_restarted(1),
                (Some(Ended::Lingering), Some(socket)) => self.server.linger(socket),
                (Some(Ended::Malformed), Some(socket)) => self.server.rejector.missing_proxy_header(socket),
                _ => {}
            }
        }
    }

    /// Serves a connection to its end.
    fn serve(
        &self,
        connection: &SharedConnection,
        buffers: &mut ConnectionBuffers,
        date: &mut DateCache,
    ) -> Ended {
        let client = match self.client(connection) {
            HeaderProgress::Client(client) => client,
            HeaderProgress::Malformed => return Ended::Malformed,
            HeaderProgress::Pending | HeaderProgress::Gone => return Ended::Closed,
        };
        let (pool, server) = (&*self.pool, &self.server);
        let mut state = buffers.state(&server.config);
        let (log, timer) = (ExchangeLog::new(client), SocketTimer::new(server.config.deadlines));
        let mut transport =
            DeadlineStream { connection, pool, server, log, date, timer, more: false, lingers: false };
        while block_on(serve_connection(&mut transport, &mut state, &self.site, || false)) == Outcome::Idle {}
        if transport.lingers { Ended::Lingering } else { Ended::Closed }
    }

    /// Reads the PROXY protocol header, if the peer has to send one.
    fn client(&self, connection: &SharedConnection) -> HeaderProgress {
        let config = &self.server.config;
        match config.proxies.expects_header(connection.address) {
            Some(mut header) => connection.read_proxy_header(&mut header, config.deadlines.idle),
            None => HeaderProgress::Client(connection.address),
        }
    }
}
