//! `HealthSite`: /metrics, /healthz and /-/status, for a server of their own.
//!
//! Invariant: /healthz is 503 from the start of a shutdown on, and the server answers until the site's server has ended.

use std::sync::Arc;
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_std::{Deadlines, Server, ServerHandle};

use super::metrics::Metrics;
use super::status::{self, ServerStatus};

#[derive(Clone, Debug)]
pub(crate) struct HealthSite {
    metrics: Arc<Metrics>,
    status: Arc<ServerStatus>,
}

impl HealthSite {
    pub(crate) fn new(metrics: Arc<Metrics>, status: Arc<ServerStatus>) -> Self {
        Self { metrics, status }
    }

    /// A server for the site: silent clients make way at its limit, and slow ones are gone soon.
    pub(crate) fn server() -> Server {
        let soon = Duration::from_secs(2);
        Server::new().workers(1).max_connections(256).deadlines(Deadlines::DEFAULT.head(soon).response(soon))
    }
}

impl Site for HealthSite {
    bantam::routes! {
        GET "/metrics" => metrics,
        GET "/healthz" => health,
        GET "/-/status" => status_page,
        GET "/-/status/events" => status_events,
    }
}

async fn metrics<C: Connection>(
    site: &HealthSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let connections = site.status.server().map(ServerHandle::connections).unwrap_or_default();
    let text = site.metrics.text(connections);
    respond(details, Status::OK, "text/plain; version=0.0.4; charset=utf-8", &text).await
}

async fn health<C: Connection>(
    site: &HealthSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let (status, text) = if site.status.is_stopping() {
        (Status::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (Status::OK, "ok\n")
    };
    respond(details, status, "text/plain; charset=utf-8", text).await
}

async fn status_page<C: Connection>(
    site: &HealthSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    status::page(&site.status, details).await
}

async fn status_events<C: Connection>(
    site: &HealthSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    status::events(&site.status, details).await
}

async fn respond<C: Connection>(
    details: &mut RequestDetails<'_, C>,
    status: Status,
    content_type: &str,
    text: &str,
) -> Result<(), C::Error> {
    let headers = [("Content-Type", content_type), ("Cache-Control", "no-store")];
    details.connection.make_response(Response::new(status).headers(&headers).body(text.as_bytes())).await
}
