//! Sites and layers that may be absent: an absent site has no route, an absent layer changes nothing.

use core::future::Future;

use super::connection::Connection;
use super::details::RequestDetails;
use super::fields::Fields;
use super::site::{Layer, Site};
use super::trail::Trail;
use crate::error::Rejection;
use crate::wire::Status;

impl<L: Layer> Layer for Option<L> {
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            match self {
                Some(layer) => layer.handle(details, site).await,
                None => site.request_handler(details).await,
            }
        }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        if let Some(layer) = self {
            layer.fields(fields);
        }
    }
}

impl<S: Site> Site for Option<S> {
    fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            match self {
                Some(site) => site.request_handler(details).await,
                None => Err(Rejection::NoRoute.into()),
            }
        }
    }

    fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            match self {
                Some(site) => site.refused(details, status, reason).await,
                None => Ok(()),
            }
        }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        if let Some(site) = self {
            site.fields(fields);
        }
    }

    fn fields_along(&self, trail: Trail, fields: &mut Fields<'_>) {
        if let Some(site) = self {
            site.fields_along(trail, fields);
        }
    }

    fn refused_along<C: Connection>(
        &self,
        trail: Trail,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            match self {
                Some(site) => site.refused_along(trail, details, status, reason).await,
                None => Ok(()),
            }
        }
    }
}
