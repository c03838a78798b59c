//! Answers of formatted text: [`RequestDetails::text`] and [`RequestDetails::html`].

use core::fmt;
use core::future::Future;

use super::connection::{Connection, Response};
use super::details::RequestDetails;
use crate::wire::Status;

impl<C: Connection> RequestDetails<'_, C> {
    /// Answers with text, `text/plain; charset=utf-8`, which is formatted into the response buffer. Text that the buffer holds
    /// beside the head gets a `Content-Length`. Of longer text the buffer is written whenever it is full, and the text is formatted
    /// again for what comes behind that: its `Display` should write the same every time. Waits like [`Connection::send`].
    ///
    /// ```
    /// # use bantam::{Connection, RequestDetails, wire::Status};
    /// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let number: u32 = details.param("number")?;
    ///     details.text(Status::OK, format_args!("note {number}")).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::FormatFailed`](crate::Misuse::FormatFailed) if a `Display` returns an error; those of
    /// [`Connection::make_response`] and [`Connection::send`].
    pub fn text(
        &mut self,
        status: Status,
        text: fmt::Arguments<'_>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        const FIELDS: &[(&str, &str)] = &[("Content-Type", "text/plain; charset=utf-8")];
        let response = Response::new(status).headers(FIELDS);
        self.connection.write_response(response, move |pass| fmt::write(pass, text))
    }

    /// Answers with HTML, `text/html; charset=utf-8`. Like [`Self::text`]: nothing is escaped.
    ///
    /// # Errors
    /// Those of [`Self::text`].
    pub fn html(
        &mut self,
        status: Status,
        text: fmt::Arguments<'_>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        const FIELDS: &[(&str, &str)] = &[("Content-Type", "text/html; charset=utf-8")];
        let response = Response::new(status).headers(FIELDS);
        self.connection.write_response(response, move |pass| fmt::write(pass, text))
    }
}
