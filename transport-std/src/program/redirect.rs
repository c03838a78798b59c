//! `RedirectSite`: answers plain HTTP with 308 to the same path over HTTPS, at --redirect-http.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use bantam_std::{RunningServer, Server};

use crate::listeners::bind_error;

/// Redirects to this port of the host that the client has asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RedirectSite {
    pub(crate) port: u16,
}

impl RedirectSite {
    /// The address of the same target over HTTPS; `None` without a host, or where the target is no path.
    fn location<C: Connection>(self, details: &RequestDetails<'_, C>) -> Option<String> {
        let host = details.host().filter(|host| !host.is_empty())?;
        // Behind the colon of an IPv6 literal stands a bracket.
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let (path, query) = (details.uri.path, details.uri.query);
        let port = if self.port == 443 { String::new() } else { format!(":{}", self.port) };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        path.starts_with('/').then(|| format!("https://{name}{port}{path}{query}"))
    }
}

impl Site for RedirectSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let Some(location) = self.location(details) else { return Err(Rejection::BadHost.into()) };
        let headers = [("Location", location.as_str())];
        details.connection.make_response(Response::new(Status::PERMANENT_REDIRECT).headers(&headers)).await
    }
}

/// Binds the address of --redirect-http.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn bind(address: &str, server: Server) -> Result<Server, String> {
    server.bind(address).map_err(|error| bind_error("--redirect-http", address, &error))
}

/// The port to redirect to: that of the first TCP address of this server.
///
/// # Errors
/// A sentence for the user, where there is none.
pub(crate) fn target(server: &RunningServer) -> Result<u16, String> {
    let first = server.local_addrs().first();
    first.map(|address| address.port()).ok_or_else(|| "--redirect-http: no --bind is a TCP address".into())
}
