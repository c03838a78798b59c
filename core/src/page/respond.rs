//! Whole answers in one call: pieces that are there already, and redirects.

use core::future::Future;

use super::connection::{Connection, Response};
use super::details::RequestDetails;
use crate::error::Misuse;
use crate::wire::Status;

impl<C: Connection> RequestDetails<'_, C> {
    /// Answers with these pieces, one behind the other, as one body with its `Content-Length`: strings or bytes. Waits like
    /// [`Connection::send`].
    ///
    /// ```
    /// # use bantam::{Connection, RequestDetails, wire::Status};
    /// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let path = details.uri.path;
    ///     details.pieces(Status::OK, "text/plain", &["You asked for ", path, "."]).await
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`Connection::make_response`] and [`Connection::send`].
    pub fn pieces<P: AsRef<[u8]>>(
        &mut self,
        status: Status,
        content_type: &str,
        pieces: &[P],
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            let length = pieces.iter().map(|piece| piece.as_ref().len() as u64).sum();
            let headers = [("Content-Type", content_type)];
            self.connection.make_response(Response::new(status).headers(&headers).length(length)).await?;
            for piece in pieces {
                self.connection.send(piece.as_ref()).await?;
            }
            Ok(())
        }
    }

    /// Sends the client to another URL: `location` is a URI reference (RFC 9110 section 10.2.2) whose other characters are
    /// percent-encoded. [`Status::SEE_OTHER`] makes a GET of any request, as behind a form; [`Status::PERMANENT_REDIRECT`] and
    /// [`Status::TEMPORARY_REDIRECT`] keep the method. The answer has no body. Waits like [`Connection::make_response`].
    ///
    /// ```
    /// # use bantam::{Connection, RequestDetails, wire::Status};
    /// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     details.redirect(Status::SEE_OTHER, "/notes?saved=1").await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::BadStatus`] for a status that is none of 301, 302, 303, 307 and 308; [`Misuse::BadHeader`] for a location with
    /// a byte that no URI has, such as a space, or `\`, which browsers read as `/`. Those of [`Connection::make_response`].
    pub fn redirect(&mut self, status: Status, location: &str) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            if !matches!(status.code(), 301..=303 | 307 | 308) {
                return Err(Misuse::BadStatus.into());
            }
            // RFC 3986 section 2.
            if !location.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
                return Err(Misuse::BadHeader.into());
            }
            let headers = [("Location", location)];
            self.connection.make_response(Response::new(status).headers(&headers).body(&[])).await
        }
    }
}
