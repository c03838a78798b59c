//! `ProgramLayer`: everything that the settings put around the site, as one layer.
//!
//! Invariant: a request reaches the site if each part lets it in, in this order: --rate-limit, --allow-host, --cors, --basic-auth,
//! --redirect, --prefix; and a response has the fields of --compress, --security-headers, --header, --basic-auth and --cors, each over those
//! before.

use std::cell::Cell;
use std::future::ready;

use bantam::{Connection, Fields, Layer, RequestDetails, Site};
use bantam_std::{Compress, Prefix, RateLimit, Redirects};

use crate::args::Args;
use crate::auth::AccessControl;
use crate::headers::{ResponseHeaders, Security};
use crate::telemetry::{LoginRecorder, Telemetry};

/// The layers of the program. Around each other they would be types inside each other: each would have a future that holds all of those below
/// it, made anew for every mode.
pub(crate) struct ProgramLayer {
    rate_limit: Option<RateLimit>,
    access: AccessControl,
    logins: LoginRecorder,
    redirects: Option<Redirects>,
    prefix: Option<Prefix>,
    compress: Option<Compress>,
    security: Security,
    headers: ResponseHeaders,
    /// Some part of this looks at requests before the site.
    looks_at_requests: bool,
}

impl Args {
    /// The layer of these settings; `compress` is that of the site. Starts the threads that check passwords, if there are users.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn layer(
        &self,
        compress: Option<Compress>,
        telemetry: &Telemetry,
    ) -> Result<ProgramLayer, String> {
        let (rate_limit, access) = (self.limits.rate_limit(), self.auth.start(&self.files)?);
        let (redirects, prefix) = (self.files.redirects()?, self.files.prefix_layer());
        let (security, headers) = self.headers.layers(!self.tls.tls_self_signed);
        let looks_at_requests =
            rate_limit.is_some() || !access.is_absent() || redirects.is_some() || prefix.is_some();
        let logins = telemetry.login_recorder();
        Ok(ProgramLayer {
            rate_limit,
            access,
            logins,
            redirects,
            prefix,
            compress,
            security,
            headers,
            looks_at_requests,
        })
    }
}

impl ProgramLayer {
    /// Returns true if the request is for the site; false if it has been answered.
    async fn lets_in<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<bool, C::Error> {
        let AccessControl { hosts, cors, users } = &self.access;
        let passes_all = passes(&self.rate_limit, details).await?
            && passes(hosts, details).await?
            && passes(cors, details).await?
            && passes(users, details).await?
            && passes(&self.logins, details).await?
            && passes(&self.redirects, details).await?;
        match &self.prefix {
            Some(prefix) if passes_all => prefix.enter(details).await,
            _ => Ok(passes_all),
        }
    }
}

impl Layer for ProgramLayer {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        let path = details.uri.path;
        if self.looks_at_requests && !self.lets_in(details).await? {
            return Ok(());
        }
        let result = match &self.compress {
            None => site.request_handler(details).await,
            // Boxed: with the site's future in it twice it would be memory of every request.
            Some(compress) => Box::pin(compress.handle(details, site)).await,
        };
        // The page of a refusal is asked for the whole path.
        details.uri.path = path;
        result
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        self.compress.fields(fields);
        self.security.fields(fields);
        self.headers.fields(fields);
        self.access.users.fields(fields);
        self.access.cors.fields(fields);
    }
}

/// Returns true if a layer passes a request on, and false if it has answered. It must have nothing to do after the site.
async fn passes<L: Layer, C: Connection>(
    layer: &L,
    details: &mut RequestDetails<'_, C>,
) -> Result<bool, C::Error> {
    let probe = Probe(Cell::new(false));
    layer.handle(details, &probe).await?;
    Ok(probe.0.get())
}

/// A site that notes that a request has reached it, and answers nothing.
struct Probe(Cell<bool>);

impl Site for Probe {
    fn request_handler<C: Connection>(
        &self,
        _: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        self.0.set(true);
        ready(Ok(()))
    }
}
