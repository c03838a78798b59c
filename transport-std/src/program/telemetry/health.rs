//! Law: how the program does is told at an address of its own, which outlives the others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bantam::wire::{Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};

use bantam_std::ServerHandle;

use super::metrics::Metrics;

/// The pages /metrics and /healthz.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    metrics: Arc<Metrics>,
    stopping: Arc<AtomicBool>,
    /// The server that is watched; it starts later.
    server: Arc<OnceLock<ServerHandle>>,
}

impl Health {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, stopping: Arc::default(), server: Arc::default() }
    }

    /// Tells of this server.
    pub(crate) fn of(&self, server: ServerHandle) {
        let _ = self.server.set(server);
    }

    /// /healthz is 503 from now on, so that a balancer sends nobody here any more.
    pub(crate) fn stops(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

impl Site for Health {
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
        let connections = || self.server.get().map(ServerHandle::connections).unwrap_or_default();
        let (status, text, kind) = match details.uri.path {
            "/metrics" => {
                (Status::OK, self.metrics.text(connections()), "text/plain; version=0.0.4; charset=utf-8")
            }
            _ if self.stopping.load(Ordering::Relaxed) => {
                (Status::SERVICE_UNAVAILABLE, "stopping\n".to_owned(), "text/plain; charset=utf-8")
            }
            _ => (Status::OK, "ok\n".to_owned(), "text/plain; charset=utf-8"),
        };
        let headers = [("Content-Type", kind), ("Cache-Control", "no-store")];
        details.connection.make_response(Response::new(status).headers(&headers).body(text.as_bytes())).await
    }
}
