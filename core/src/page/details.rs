//! Law: everything a page may know of its request is in one place, and borrowed from the request's own bytes.

use core::net::SocketAddr;

use super::connection::Connection;
use crate::error::Rejection;
use crate::wire::{Headers, Method, Query, RequestHead, Uri, Version, host};

/// What a page is called with.
#[derive(Debug)]
pub struct RequestDetails<'a, C> {
    /// The method.
    pub method: Method<'a>,
    /// Who asks, where the transport knows.
    pub client_address: Option<SocketAddr>,
    /// What is asked for.
    pub uri: Uri<'a>,
    /// The version of HTTP that the client speaks.
    pub version: Version,
    /// The header fields.
    pub headers: Headers<'a>,
    /// Where the body comes from and the answer goes to.
    pub connection: &'a mut C,
}

impl<'a, C: Connection> RequestDetails<'a, C> {
    /// The details of a request on this connection; also for tests of a page.
    pub const fn new(
        head: RequestHead<'a>,
        client_address: Option<SocketAddr>,
        connection: &'a mut C,
    ) -> Self {
        Self {
            method: head.method,
            client_address,
            uri: head.uri,
            version: head.version,
            headers: head.headers,
            connection,
        }
    }

    /// The host that is asked, with its port: the target's own in absolute-form, else the `Host` field.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        host(&self.uri, &self.headers)
    }

    /// Reads the whole body into `memory`. Waits for all of it.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] where it does not fit; what [`Connection::recv`] fails with.
    pub async fn body<'m>(&mut self, memory: &'m mut [u8]) -> Result<&'m [u8], C::Error> {
        let mut length = 0;
        loop {
            let mut probe = [0];
            let free = match memory.get_mut(length..) {
                Some([]) | None => &mut probe[..],
                Some(free) => free,
            };
            match self.connection.recv(free).await? {
                0 => break,
                _ if length == memory.len() => return Err(Rejection::ContentTooLarge.into()),
                count => length += count,
            }
        }
        Ok(memory.get(..length).unwrap_or(&[]))
    }

    /// The parsers that a page may want.
    #[must_use]
    pub const fn parsers(&self) -> Parsers<'a> {
        Parsers { query: self.uri.query }
    }
}

/// Parsers of what a request carries, all of them lazy and without memory.
#[derive(Clone, Copy, Debug)]
pub struct Parsers<'a> {
    query: Option<&'a str>,
}

impl<'a> Parsers<'a> {
    /// The pairs of the URI's query, decoded on demand.
    #[must_use]
    pub const fn query(&self) -> Query<'a> {
        match self.query {
            Some(query) => Query::new(query.as_bytes()),
            None => Query::new(&[]),
        }
    }

    /// The pairs of an `application/x-www-form-urlencoded` body.
    #[must_use]
    pub const fn form<'b>(&self, body: &'b [u8]) -> Query<'b> {
        Query::new(body)
    }
}
