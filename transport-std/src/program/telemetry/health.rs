//! `HealthSite`: /metrics and /healthz, for a server of their own.
//!
//! Invariant: /healthz is 503 from the start of a shutdown on, and the server answers until the process ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bantam::wire::{Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use bantam_std::{Deadlines, Server, ServerHandle};

use super::metrics::Metrics;

#[derive(Clone, Debug)]
pub(crate) struct HealthSite {
    metrics: Arc<Metrics>,
    stopping: Arc<AtomicBool>,
    /// The server whose connections are reported. It starts after this site.
    server: Arc<OnceLock<ServerHandle>>,
}

impl HealthSite {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, stopping: Arc::default(), server: Arc::default() }
    }

    /// A server for the site: silent clients make way at its limit, and slow ones are gone soon.
    pub(crate) fn server() -> Server {
        let soon = Duration::from_secs(2);
        Server::new().workers(1).max_connections(256).deadlines(Deadlines::DEFAULT.head(soon).response(soon))
    }

    /// Reports the connections of this server.
    pub(crate) fn attach(&self, server: ServerHandle) {
        let _ = self.server.set(server);
    }

    /// Makes /healthz 503, so that a load balancer stops sending requests.
    pub(crate) fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

impl Site for HealthSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if !matches!(details.uri.path, "/metrics" | "/healthz") {
            return Err(Rejection::NotFound.into());
        }
        if !matches!(details.method, Method::Get | Method::Head) {
            return Err(Rejection::MethodNotAllowed(MethodSet::of(&[Method::Get, Method::Head])).into());
        }
        let plain = "text/plain; charset=utf-8";
        let (status, text, content_type) = match details.uri.path {
            "/metrics" => {
                let connections = self.server.get().map(ServerHandle::connections).unwrap_or_default();
                (Status::OK, self.metrics.text(connections), "text/plain; version=0.0.4; charset=utf-8")
            }
            _ if self.stopping.load(Ordering::Relaxed) => {
                (Status::SERVICE_UNAVAILABLE, "stopping\n".to_owned(), plain)
            }
            _ => (Status::OK, "ok\n".to_owned(), plain),
        };
        let headers = [("Content-Type", content_type), ("Cache-Control", "no-store")];
        details.connection.make_response(Response::new(status).headers(&headers).body(text.as_bytes())).await
    }
}
