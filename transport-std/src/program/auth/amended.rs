//! `AmendedConnection`: adds fields to every response of a site: those of CORS, and a `Cache-Control` where a login is needed.
//!
//! Invariant: a response for an allowed origin has the fields of CORS, whatever its status and whichever page made it.

use std::any::Any;
use std::time::Duration;

use bantam::{Connection, Misuse, Rejection, Response, SourceError};
use embedded_io_async::{Read, Write};

use super::shared_cache::restricted;

/// Names and values.
type Fields<'f> = Vec<(&'f str, &'f str)>;

/// What is added to the responses to one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Amendments<'f> {
    /// Fields that the response gets unless it has them.
    pub(super) fields: Fields<'f>,
    /// The response depends on `Origin`.
    pub(super) varies: bool,
    /// A shared cache must not store the response.
    pub(super) is_private: bool,
}

impl Amendments<'_> {
    /// Returns true if nothing is added.
    fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.varies && !self.is_private
    }

    /// The response with the fields of `self`.
    pub(super) async fn respond<C: Connection>(
        &self,
        connection: &mut C,
        response: Response<'_>,
    ) -> Result<(), C::Error> {
        if self.is_empty() {
            return connection.make_response(response).await;
        }
        let find = |name: &str| response.headers.iter().find(|field| field.0.eq_ignore_ascii_case(name));
        let vary = self.varies.then(|| match find("vary") {
            Some((_, vary)) => format!("{vary}, Origin"),
            None => "Origin".to_owned(),
        });
        let cache_control = self.is_private.then(|| match find("cache-control") {
            Some((_, value)) => restricted(value).into_owned(),
            None => "private".to_owned(),
        });
        let amended = [("Vary", &vary), ("Cache-Control", &cache_control)];
        let replaces = |name: &str| {
            amended.iter().any(|(other, value)| value.is_some() && name.eq_ignore_ascii_case(other))
        };
        let mut fields: Fields<'_> =
            response.headers.iter().filter(|(name, _)| !replaces(name)).copied().collect();
        fields.extend(amended.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        let added = self.fields.iter().filter(|(name, _)| find(name).is_none());
        fields.extend(added);
        connection.make_response(response.headers(&fields)).await
    }

    /// Ends a request: if its page has refused it and made no response, refuses it with the fields of `self`. The core refuses
    /// without them.
    pub(super) async fn finish<C: Connection>(
        &self,
        connection: &mut C,
        result: Result<(), AmendedError<C::Error>>,
    ) -> Result<(), C::Error> {
        let rejection = match result {
            Ok(()) => return Ok(()),
            Err(AmendedError::Other(error)) => return Err(error),
            Err(AmendedError::Rejection(rejection)) => rejection,
        };
        if !self.is_empty() && !connection.response_already_made() {
            let (status, allow) = (rejection.status(), allow(rejection));
            let html = format!(
                "<!doctype html>\n<meta charset=utf-8>\n<title>{status}</title>\n<h1>{status}</h1>\n{rejection}\n"
            );
            let mut fields: Fields<'_> = vec![("Content-Type", "text/html; charset=utf-8")];
            fields.extend(allow.as_deref().map(|methods| ("Allow", methods)));
            let response = Response::new(status).headers(&fields).body(html.as_bytes());
            self.respond(connection, response).await?;
        }
        // The observer is told of the refusal.
        Err(rejection.into())
    }
}

/// An error of an [`AmendedConnection`].
#[derive(Debug)]
pub(super) enum AmendedError<E> {
    /// The page refuses the request.
    Rejection(Rejection),
    Other(E),
}

impl<E> From<Rejection> for AmendedError<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

impl<E: From<Misuse>> From<Misuse> for AmendedError<E> {
    fn from(misuse: Misuse) -> Self {
        Self::Other(misuse.into())
    }
}

impl<E: From<SourceError>> From<SourceError> for AmendedError<E> {
    fn from(error: SourceError) -> Self {
        Self::Other(error.into())
    }
}

/// The connection of a request, with additions to its response.
pub(super) struct AmendedConnection<'c, C> {
    pub(super) inner: &'c mut C,
    pub(super) amendments: &'c Amendments<'c>,
}

/// The value of `Allow` in a 405.
fn allow(rejection: Rejection) -> Option<String> {
    match rejection {
        Rejection::MethodNotAllowed(methods) => Some(methods.to_allow().to_string()),
        _ => None,
    }
}

impl<C: Connection> Connection for AmendedConnection<'_, C> {
    type Error = AmendedError<C::Error>;

    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        self.inner.recv(memory).await.map_err(AmendedError::Other)
    }

    async fn send(&mut self, data: &[u8]) -> Result<(), Self::Error> {
        self.inner.send(data).await.map_err(AmendedError::Other)
    }

    async fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Result<u64, Self::Error> {
        self.inner.send_from(source, offset, length).await.map_err(AmendedError::Other)
    }

    async fn make_response(&mut self, response: Response<'_>) -> Result<(), Self::Error> {
        self.amendments.respond(self.inner, response).await.map_err(AmendedError::Other)
    }

    fn response_already_made(&self) -> bool {
        self.inner.response_already_made()
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error> {
        self.inner.pause(duration).await.map_err(AmendedError::Other)
    }

    fn close(&mut self) {
        self.inner.close();
    }

    async fn low_level(&mut self) -> Result<impl Read + Write, Self::Error> {
        self.inner.low_level().await.map_err(AmendedError::Other)
    }
}
