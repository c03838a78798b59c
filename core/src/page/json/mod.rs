//! JSON: [`RequestDetails::json`] and [`RequestDetails::json_body`], feature `json`.

mod check;
mod read;
mod string;
mod tokens;
mod write;

use core::fmt;
use core::future::Future;

use serde::{Deserialize, Serialize};

use self::check::is_json;
use self::read::read;
use self::write::JsonWriter;
use super::connection::{Connection, Response};
use super::details::RequestDetails;
use super::pass::Pass;
use crate::refusal::Refusal;
use crate::slice::{split_once, trim};
use crate::wire::Status;

static OTHER_TYPE: Refusal =
    Refusal::new(Status::UNSUPPORTED_MEDIA_TYPE).reason("This page takes application/json.");
static NOT_JSON: Refusal = Refusal::new(Status::BAD_REQUEST).reason("The body is not valid JSON.");
static OTHER_SHAPE: Refusal = Refusal::new(Status::UNPROCESSABLE_CONTENT)
    .reason("The JSON of the body does not hold what this page needs.");

impl<C: Connection> RequestDetails<'_, C> {
    /// Answers with the JSON of a value, `application/json` (RFC 8259), which is written into the response buffer. JSON that the buffer
    /// holds beside the head gets a `Content-Length`. Of longer JSON the buffer is written whenever it is full, and the value is
    /// serialised again for what comes behind that, as by [`Self::text`]. A number that is not finite is `null`; the name of a
    /// member is a string, a character, an integer or a boolean. Waits like [`Connection::send`].
    ///
    /// ```
    /// # use bantam::{Connection, RequestDetails, wire::Status};
    /// #[derive(serde::Serialize)]
    /// struct Hits<'a> {
    ///     page: &'a str,
    ///     count: u32,
    /// }
    ///
    /// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     details.json(Status::OK, &Hits { page: "/", count: 7 }).await // {"page":"/","count":7}
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::FormatFailed`](crate::Misuse::FormatFailed) for a value whose `Serialize` fails, or with a member whose name is no
    /// string; those of [`Connection::make_response`] and [`Connection::send`].
    pub fn json<T: Serialize + ?Sized>(
        &mut self,
        status: Status,
        value: &T,
    ) -> impl Future<Output = Result<(), C::Error>> {
        const FIELDS: &[(&str, &str)] = &[("Content-Type", "application/json")];
        let write = move |pass: &mut Pass<'_>| value.serialize(JsonWriter::new(pass)).map_err(|_| fmt::Error);
        self.connection.write_response(Response::new(status).headers(FIELDS), write)
    }

    /// Reads the body into `memory`, and returns the value of its JSON. Strings are decoded in place: a `&str` of the value is
    /// borrowed from `memory`. A name of a member is read as the string, number or boolean that the value asks for. Waits like
    /// [`Self::body`].
    ///
    /// ```
    /// # use bantam::{Connection, RequestDetails, wire::Status};
    /// #[derive(serde::Deserialize)]
    /// struct Switch {
    ///     relay: u8,
    ///     on: bool,
    /// }
    ///
    /// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let Switch { relay, on } = details.json_body(&mut [0; 64]).await?;
    ///     details.text(Status::OK, format_args!("relay {relay} is {}", if on { "on" } else { "off" })).await
    /// }
    /// ```
    ///
    /// # Errors
    /// A refusal with a sentence: 415 if `Content-Type` is not `application/json` or of the kind `application/x+json`; 400 for what
    /// is not JSON, or has more than 16 arrays and objects inside each other; 422 for JSON of another shape;
    /// [`Rejection::ContentTooLarge`](crate::Rejection::ContentTooLarge) for what does not fit `memory`. What
    /// [`Connection::recv`] fails with.
    pub fn json_body<'m, T: Deserialize<'m>>(
        &mut self,
        memory: &'m mut [u8],
    ) -> impl Future<Output = Result<T, C::Error>> {
        async move {
            if !self.headers.first("content-type").is_some_and(states_json) {
                return Err(self.connection.refuse(&OTHER_TYPE));
            }
            let length = self.body(memory).await?.len();
            let body = memory.get_mut(..length).unwrap_or_default();
            if !is_json(body) {
                return Err(self.connection.refuse(&NOT_JSON));
            }
            read(body).map_err(|_| self.connection.refuse(&OTHER_SHAPE))
        }
    }
}

/// Returns true for `application/json` and `application/x+json`, with parameters or without (RFC 9110 section 8.3.1, RFC 6839).
fn states_json(value: &[u8]) -> bool {
    let media_type = trim(split_once(value, b';').0);
    let ends = |end: &[u8]| {
        media_type
            .len()
            .checked_sub(end.len())
            .and_then(|from| media_type.get(from..))
            .is_some_and(|found| found.eq_ignore_ascii_case(end))
    };
    let is_application =
        media_type.get(..12).is_some_and(|start| start.eq_ignore_ascii_case(b"application/"));
    is_application && (media_type.len() == 16 && ends(b"/json") || ends(b"+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_application_json_or_a_type_on_it() {
        for value in [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "application/problem+json",
            "application/a+json;b",
        ] {
            assert!(states_json(value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "json",
            "/json",
            "text/json",
            "application/jsonp",
            "application/xjson",
            "text/plain",
            "application/x-json",
            "application/json, text/plain",
        ] {
            assert!(!states_json(value.as_bytes()), "{value}");
        }
    }
}
