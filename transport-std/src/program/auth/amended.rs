//! `AmendedConnection`: adds fields to every response of a site: those of CORS, and a `Cache-Control` where a login is needed.
//!
//! Invariant: whatever a page answers or fails with, a request of an allowed origin gets the fields of CORS.

use std::any::Any;
use std::time::Duration;

use bantam::wire::{Method, Status};
use bantam::{Connection, Fault, Misuse, PageError, Refusal, Rejection, Response, SourceError};
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
        let values = |name: &str| -> Vec<&str> {
            let named = response.headers.iter().filter(|field| field.0.eq_ignore_ascii_case(name));
            named.map(|(_, value)| *value).collect()
        };
        let vary = self.varies.then(|| [values("vary"), vec!["Origin"]].concat().join(", "));
        let cache_control = self.is_private.then(|| match &*values("cache-control") {
            [] => "private".to_owned(),
            values => restricted(&values.join(", ")).into_owned(),
        });
        let amended = [("Vary", &vary), ("Cache-Control", &cache_control)];
        let replaces = |name: &str| {
            amended.iter().any(|(other, value)| value.is_some() && name.eq_ignore_ascii_case(other))
        };
        let mut fields: Fields<'_> =
            response.headers.iter().filter(|(name, _)| !replaces(name)).copied().collect();
        fields.extend(amended.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        let added = self.fields.iter().filter(|(name, _)| values(name).is_empty());
        fields.extend(added);
        connection.make_response(response.headers(&fields)).await
    }

    /// Ends a request: if its page has failed without a response, answers with the status of the failure and the fields of
    /// `self`. The core answers without them.
    pub(super) async fn finish<C: Connection>(
        &self,
        connection: &mut C,
        method: Method<'_>,
        result: Result<(), AmendedError<C::Error>>,
    ) -> Result<(), C::Error> {
        let (status, reason, allow, error) = match result {
            Ok(()) => return Ok(()),
            Err(AmendedError::Stream(error)) => return Err(error),
            // What the core answers then, RFC 9110 section 9.3.7.
            Err(AmendedError::Rejection(Rejection::MethodNotAllowed(methods)))
                if method == Method::Options =>
            {
                let allow = methods.to_allow();
                let response = Response::new(Status::NO_CONTENT);
                return self.respond(connection, response.headers(&[("Allow", &*allow)])).await;
            }
            Err(AmendedError::Rejection(rejection)) => {
                (rejection.status(), rejection.reason(), allow(rejection), rejection.into())
            }
            Err(AmendedError::Misuse(misuse)) => (FAILED.0, FAILED.1, None, misuse.into()),
            Err(AmendedError::Source(source)) => (FAILED.0, FAILED.1, None, source.into()),
        };
        if !self.is_empty() && !connection.response_already_made() {
            let html = format!(
                "<!doctype html>\n<meta charset=utf-8>\n<title>{status}</title>\n<h1>{status}</h1>\n{reason}\n"
            );
            let mut fields: Fields<'_> = vec![("Content-Type", "text/html; charset=utf-8")];
            fields.extend(allow.as_deref().map(|methods| ("Allow", methods)));
            let response = Response::new(status).headers(&fields).body(html.as_bytes());
            self.respond(connection, response).await?;
        }
        // The observer is told of the failure.
        Err(error)
    }
}

/// The answer to a request whose page has failed.
const FAILED: (Status, &str) = (Status::INTERNAL_SERVER_ERROR, "This page failed.");

/// An error of an [`AmendedConnection`].
#[derive(Debug)]
pub(super) enum AmendedError<E> {
    /// The page refuses the request.
    Rejection(Rejection),
    /// The page breaks a rule.
    Misuse(Misuse),
    /// The page cannot read what it sends.
    Source(SourceError),
    /// What the connection below failed with.
    Stream(E),
}

impl<E: PageError> PageError for AmendedError<E> {
    fn fault(&self) -> Fault {
        match self {
            Self::Rejection(rejection) => Fault::Rejection(*rejection),
            Self::Misuse(misuse) => Fault::Misuse(*misuse),
            Self::Source(_) => Fault::Source,
            Self::Stream(error) => error.fault(),
        }
    }
}

impl<E> From<Status> for AmendedError<E> {
    fn from(status: Status) -> Self {
        Rejection::with(status).map_or(Self::Misuse(Misuse::BadStatus), Self::Rejection)
    }
}

impl<E: PageError> From<Fault> for AmendedError<E> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Rejection(rejection) => Self::Rejection(rejection),
            Fault::Misuse(misuse) => Self::Misuse(misuse),
            fault => Self::Stream(fault.into()),
        }
    }
}

impl<E> From<Rejection> for AmendedError<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

impl<E> From<Misuse> for AmendedError<E> {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl<E> From<SourceError> for AmendedError<E> {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
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
        self.inner.recv(memory).await.map_err(AmendedError::Stream)
    }

    fn limit_body(&mut self, limit: u64) -> Result<(), Self::Error> {
        self.inner.limit_body(limit).map_err(AmendedError::Stream)
    }

    async fn send(&mut self, data: &[u8]) -> Result<(), Self::Error> {
        self.inner.send(data).await.map_err(AmendedError::Stream)
    }

    async fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Result<u64, Self::Error> {
        self.inner.send_from(source, offset, length).await.map_err(AmendedError::Stream)
    }

    async fn make_response(&mut self, response: Response<'_>) -> Result<(), Self::Error> {
        self.amendments.respond(self.inner, response).await.map_err(AmendedError::Stream)
    }

    fn response_already_made(&self) -> bool {
        self.inner.response_already_made()
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error> {
        self.inner.pause(duration).await.map_err(AmendedError::Stream)
    }

    async fn fill(
        &mut self,
        write: &mut dyn FnMut(&mut [u8]) -> Option<usize>,
    ) -> Result<usize, Self::Error> {
        self.inner.fill(write).await.map_err(AmendedError::Stream)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.inner.flush().await.map_err(AmendedError::Stream)
    }

    fn close(&mut self) {
        self.inner.close();
    }

    fn refuse(&mut self, refusal: &'static Refusal) -> Self::Error {
        AmendedError::Stream(self.inner.refuse(refusal))
    }

    async fn low_level(&mut self) -> Result<impl Read + Write, Self::Error> {
        self.inner.low_level().await.map_err(AmendedError::Stream)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bantam::{Blocking, Buffers, RequestDetails, Site, blocking, serve};
    use embedded_io::ErrorType;

    use bantam::wire::MethodSet;

    use super::*;

    /// A page for each way to answer.
    struct Pages;

    impl Site for Pages {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            match details.uri.path {
                "/several" => {
                    let headers =
                        [("Vary", "A"), ("VARY", "B"), ("cache-control", "max-age=1"), ("X", "own")];
                    let response = Response::new(Status::OK).headers(&headers);
                    details.connection.make_response(response.body(b"")).await
                }
                "/source" => Err(SourceError.into()),
                "/get" => Err(Rejection::MethodNotAllowed(MethodSet::of(&[Method::Get])).into()),
                _ => Err(Rejection::NotFound.into()),
            }
        }
    }

    /// Amends the responses of [`Pages`].
    struct Amended(Amendments<'static>);

    impl Site for Amended {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            let result = {
                let mut place = None;
                let wrap = |inner| AmendedConnection { inner, amendments: &self.0 };
                Pages.request_handler(&mut details.wrapped(&mut place, wrap)).await
            };
            self.0.finish(details.connection, details.method, result).await
        }
    }

    struct Stream(&'static [u8], Vec<u8>);

    impl ErrorType for Stream {
        type Error = Infallible;
    }

    impl embedded_io::Read for Stream {
        fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
            embedded_io::Read::read(&mut self.0, memory)
        }
    }

    impl embedded_io::Write for Stream {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
            self.1.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    fn ask(request: &'static str, amendments: Amendments<'static>) -> String {
        let mut transport = Blocking::new(Stream(request.as_bytes(), Vec::new()));
        let mut buffers = Buffers::<1024, 1024>::new();
        blocking::block_on(serve(&mut transport, &mut buffers.state(), &Amended(amendments))).unwrap();
        String::from_utf8(transport.stream.1).unwrap()
    }

    fn all() -> Amendments<'static> {
        let fields = vec![("Access-Control-Allow-Origin", "https://a.example"), ("x", "not this")];
        Amendments { fields, varies: true, is_private: true }
    }

    #[test]
    fn fields_are_added_once_and_lists_are_extended() {
        let text = ask("GET /several HTTP/1.0\r\n\r\n", all());
        for line in [
            "X: own",
            "Vary: A, B, Origin",
            "Cache-Control: private, max-age=1",
            "Access-Control-Allow-Origin: https://a.example",
        ] {
            assert_eq!(text.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line} in {text}");
        }
        assert!(!text.contains("not this"), "{text}");
    }

    #[test]
    fn a_page_that_fails_is_answered_with_the_fields_and_the_connection_goes_on() {
        for (request, status) in [
            ("GET /source HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.0\r\n\r\n", "500 "),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.0\r\n\r\n", "404 "),
        ] {
            let text = ask(request, all());
            assert!(
                text.starts_with(&format!("HTTP/1.1 {status}")) && text.contains("HTTP/1.1 404 "),
                "{text}"
            );
            assert_eq!(text.matches("Access-Control-Allow-Origin: ").count(), 2, "{text}");
            assert_eq!(text.matches("Vary: Origin\r\n").count(), 2, "{text}");
        }
    }

    #[test]
    fn options_of_a_page_gets_204_with_its_methods_and_the_fields() {
        let text = ask("OPTIONS /get HTTP/1.0\r\n\r\n", all());
        assert!(
            text.starts_with("HTTP/1.1 204 No Content\r\n") && text.contains("\r\nAllow: GET\r\n"),
            "{text}"
        );
        assert!(text.contains("Access-Control-Allow-Origin: ") && text.ends_with("\r\n\r\n"), "{text}");
    }

    #[test]
    fn without_additions_nothing_changes() {
        let text = ask("GET /several HTTP/1.0\r\n\r\n", Amendments::default());
        assert!(text.contains("\r\nVary: A\r\nVARY: B\r\ncache-control: max-age=1\r\nX: own\r\n"), "{text}");
    }
}
