//! [`RequestDetails`]: the request that a page is called with, borrowed from the request buffer.

use core::net::SocketAddr;
use core::str::FromStr;

use super::connection::Connection;
use super::failure::{Failure, PageFailure};
use super::routes::Matched;
use crate::error::{Misuse, Rejection};
use crate::refusal::Refusal;
use crate::slice::ascii_str;
use crate::wire::{Headers, Method, PercentEncoded, Query, RequestHead, Uri, Version, host};

/// The request that a page is called with, and the [`Connection`] for its body and its response.
#[derive(Debug)]
#[non_exhaustive]
pub struct RequestDetails<'a, C> {
    /// The method.
    pub method: Method<'a>,
    /// The address of the client; `None` if the transport does not know it.
    pub client_address: Option<SocketAddr>,
    /// The request target.
    pub uri: Uri<'a>,
    /// The HTTP version of the request.
    pub version: Version,
    /// The header fields.
    pub headers: Headers<'a>,
    /// Reads the body and makes the response.
    pub connection: &'a mut C,
    pub(super) matched: Matched,
}

/// The longest parameter that is decoded, in bytes.
const MAX_PARAM: usize = 64;

impl<'a, C: Connection> RequestDetails<'a, C> {
    /// The details of a request on a connection; tests of a page can call it with a connection of their own.
    pub const fn new(
        head: RequestHead<'a>,
        client_address: Option<SocketAddr>,
        connection: &'a mut C,
    ) -> Self {
        let RequestHead { method, uri, version, headers, .. } = head;
        Self { method, client_address, uri, version, headers, connection, matched: Matched::NONE }
    }

    /// The same request on another connection, which `wrap` makes from this one and `place` holds.
    pub fn wrapped<'b, D>(
        &'b mut self,
        place: &'b mut Option<D>,
        wrap: impl FnOnce(&'b mut C) -> D,
    ) -> RequestDetails<'b, D> {
        let connection = place.insert(wrap(self.connection));
        let Self { method, client_address, uri, version, headers, matched, .. } = *self;
        RequestDetails { method, client_address, uri, version, headers, connection, matched }
    }

    /// Appends a choice to the trail of the connection.
    pub(super) fn choose(&mut self, bits: u32, choice: u8) {
        if let Some(trail) = self.connection.trail() {
            trail.push(bits, choice);
        }
    }

    /// The error by which a page refuses the request with the status, the sentence and the fields of `refusal`: `return
    /// Err(details.refuse(&LOGIN))`.
    #[must_use = "a page returns this error"]
    pub fn refuse(&mut self, refusal: &'static Refusal) -> C::Error {
        self.connection.refuse(refusal)
    }

    /// The error of the connection for the failure of a page.
    #[must_use = "a page returns this error"]
    pub fn fail(&mut self, failure: impl Into<Failure>) -> C::Error {
        PageFailure::fail(failure.into(), self.connection)
    }

    /// The requested host, with its port: the target's own in absolute-form, else the `Host` field (RFC 9112 section 3.3).
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        host(&self.uri, &self.headers)
    }

    /// The parameter `name` of the routes that led to this page ([`routes!`](crate::routes)), decoded and parsed.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] if it does not parse, is not UTF-8 or has an escape and more than 64 bytes;
    /// [`Misuse::NoParameter`] if no route has it.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T, C::Error> {
        let raw = self.param_raw(name).ok_or(Misuse::NoParameter)?;
        let mut memory = [0; MAX_PARAM];
        let text = PercentEncoded::path(raw).text(&mut memory);
        Ok(text.and_then(|text| text.parse().ok()).ok_or(Rejection::NotFound)?)
    }

    /// The parameter `name` as it was sent, of the innermost route that has it. `None` if no route has it.
    #[must_use]
    pub fn param_raw(&self, name: &str) -> Option<&'a str> {
        self.matched.value(self.uri.path, name).map(ascii_str)
    }

    /// The path behind the prefixes of the sites that this one is mounted in: the whole path, if there is none. As it was sent.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        ascii_str(self.rest_bytes())
    }

    /// The same in bytes: that they are text need not be checked.
    pub(super) fn rest_bytes(&self) -> &'a [u8] {
        self.matched.rest(self.uri.path)
    }

    /// Reads the whole body into `memory`, and returns it. Waits for its end.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] if it does not fit; what [`Connection::recv`] fails with.
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

    /// The pairs of the target's query; none if it has no query.
    ///
    /// ```
    /// # use bantam::{Connection, RequestDetails, Response, wire::Status};
    /// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let number: u32 = details.query().get("n")?; // 400 if it is missing or no number
    ///     let size = details.query().opt::<u16>("size")?.unwrap_or(10);
    ///     # let _ = (number, size);
    ///     details.connection.make_response(Response::new(Status::NO_CONTENT)).await
    /// }
    /// ```
    #[must_use]
    pub fn query(&self) -> Query<'a> {
        self.uri.pairs()
    }

    /// Reads the whole body into `memory`, and returns the pairs of the form that it is (`application/x-www-form-urlencoded`).
    /// Waits for its end. The type that the client states is not looked at: another body lacks the pairs that a page asks for.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] if it does not fit; what [`Connection::recv`] fails with.
    pub fn form<'m>(&mut self, memory: &'m mut [u8]) -> impl Future<Output = Result<Query<'m>, C::Error>> {
        async move { Ok(Query::new(self.body(memory).await?)) }
    }
}
