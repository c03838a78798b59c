//! A serving thread of mode `Threads`: one connection at a time, from start to end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{io, thread};

use bantam::{ConnectionState, Site};

use super::connection::SharedConnection;
use super::park::Parker;
use super::pool::Pool;
use super::stream::{DeadlineStream, SocketTimer};
use crate::access::observer::RejectedConnection;
use crate::access::peer_name::PeerName;
use crate::shared::config::{ConnectionBuffers, THREAD_STACK_SIZE};
use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::guard::{drop_guarded, guard, report};
use crate::shared::handshake::HandshakeProgress;
use crate::shared::proxy_header::HeaderProgress;
use crate::shared::serve::{Served, serve_connection};

/// What is left of a connection that is over.
enum Ended {
    Closed,
    /// Its last response is written, and the peer may still send.
    Lingering,
    /// It lacks what has to come before a request.
    Rejected(Option<SocketAddr>, RejectedConnection),
}

/// Serves what has arrived on a connection. Behind it a thread knows nothing of the site: the rest is compiled once for all.
pub(super) type Serve =
    dyn Fn(&Parker, &mut DeadlineStream<'_>, &mut ConnectionState<'_>) -> Served + Send + Sync;

/// Serves the pages of a site.
pub(super) fn serve_site<S: Site + Send + Sync + 'static>(site: S) -> Box<Serve> {
    Box::new(move |parker: &Parker, stream: &mut DeadlineStream<'_>, state: &mut ConnectionState<'_>| {
        parker.block_on(serve_connection(stream, state, &site, || false))
    })
}

/// What the threads of a server share.
pub(super) struct ThreadContext {
    pub(super) pool: Arc<Pool>,
    pub(super) server: ServerContext,
    pub(super) serve: Box<Serve>,
}

impl ThreadContext {
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
        let (mut date, parker) = (DateCache::new(), Parker::new());
        while let Some(lease) = self.pool.next_connection(&self.server.state) {
            let ended = guard(|| self.serve(&lease.connection, &parker, &mut buffers, &mut date));
            match (ended, lease.release()) {
                (None, _) => self.server.state.worker_restarted(1),
                (Some(Ended::Lingering), Some(socket)) => self.server.linger(socket),
                (Some(Ended::Rejected(client, why)), Some(socket)) => {
                    self.server.reject(socket, client, why);
                }
                _ => {}
            }
        }
    }

    /// Serves a connection to its end.
    fn serve(
        &self,
        connection: &SharedConnection,
        parker: &Parker,
        buffers: &mut ConnectionBuffers,
        date: &mut DateCache,
    ) -> Ended {
        let client = match self.client(connection) {
            HeaderProgress::Client(client) => client,
            HeaderProgress::Malformed => return Ended::Rejected(None, RejectedConnection::ProxyHeader),
            HeaderProgress::Pending | HeaderProgress::Gone => return Ended::Closed,
        };
        let (pool, server) = (&*self.pool, &self.server);
        if !server.assign(&connection.permit, client) {
            return Ended::Rejected(client, RejectedConnection::ClientLimit);
        }
        let mut tls = match server.accept_tls(connection.address) {
            Ok(tls) => tls.map(Box::new),
            Err(error) => {
                report!(warn, "{}: {error}", PeerName(client));
                return Ended::Closed;
            }
        };
        if let Some(session) = &mut tls {
            match connection.shake_hands(session, client, server.config.deadlines.head) {
                HandshakeProgress::Complete => {}
                HandshakeProgress::Rejected(why) => return Ended::Rejected(client, why),
                HandshakeProgress::Pending | HandshakeProgress::Gone => return Ended::Closed,
            }
        }
        let version = tls.as_ref().and_then(|session| session.version());
        let mut state = buffers.state(&server.config);
        let (log, timer) = (ExchangeLog::new(client, version), SocketTimer::new(server.config.deadlines));
        let mut transport = DeadlineStream {
            connection,
            parker,
            polled: None,
            pool,
            server,
            log,
            date,
            timer,
            requests: 0,
            tls,
            more: false,
            lingers: false,
        };
        let served = loop {
            match (self.serve)(parker, &mut transport, &mut state) {
                Served::Idle => {}
                served => break served,
            }
        };
        if served == Served::Closed {
            parker.block_on(transport.close_tls());
        }
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
