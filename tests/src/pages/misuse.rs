//! Pages that break a rule of `Connection`.
//!
//! Invariant: a misuse affects the response of its own page and no other.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};
use embedded_io_async::Write as _;

use crate::pages::content::TEXT;

/// Longer than any buffer of the tests.
const LARGE_PART: [u8; 10_000] = [b'm'; 10_000];

pub(super) async fn respond<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let ok = Response::new(Status::OK).headers(&TEXT);
    let connection = &mut *details.connection;
    match details.uri.path {
        "/misuse/second" => {
            connection.make_response(ok.body(b"first")).await?;
            assert!(connection.response_already_made());
            connection.make_response(ok.body(b"second")).await
        }
        "/misuse/send-first" => connection.send(b"too early").await,
        "/misuse/no-response" => Ok(()),
        "/misuse/too-long" => {
            connection.make_response(ok.length(4)).await?;
            connection.send(b"hello").await
        }
        "/misuse/one-too-many" => {
            connection.make_response(ok.length(4)).await?;
            connection.send(b"four").await?;
            connection.send(b"!").await
        }
        "/misuse/too-short" => {
            connection.make_response(ok.length(6)).await?;
            connection.send(b"short").await
        }
        "/misuse/much-too-short" => {
            connection.make_response(ok.length(10_001)).await?;
            connection.send(&LARGE_PART).await
        }
        "/misuse/much-too-long" => {
            connection.make_response(ok.length(10_001)).await?;
            connection.send(&LARGE_PART).await?;
            connection.send(&LARGE_PART).await
        }
        "/misuse/header" => {
            connection.make_response(ok.headers(&[("X", "a\r\nSet-Cookie: b")]).body(b"x")).await
        }
        "/misuse/header-name" => connection.make_response(ok.headers(&[("X: y\r\nZ", "a")]).body(b"x")).await,
        "/misuse/reserved" => {
            connection.make_response(ok.headers(&[("content-length", "7")]).body(b"x")).await
        }
        "/misuse/large-head" => {
            let long = "h".repeat(9_000);
            connection.make_response(ok.headers(&[("X", &long)]).body(b"x")).await
        }
        "/misuse/body-204" => connection.make_response(Response::new(Status::NO_CONTENT).body(b"x")).await,
        "/misuse/send-304" => {
            connection.make_response(Response::new(Status::NOT_MODIFIED)).await?;
            connection.send(b"x").await
        }
        "/misuse/status-100" => connection.make_response(Response::new(Status::CONTINUE)).await,
        "/misuse/status-101" => connection.make_response(Response::new(Status::SWITCHING_PROTOCOLS)).await,
        "/misuse/status-600" => {
            connection.make_response(Response::new(Status::new(600).unwrap_or(Status::OK)).body(b"x")).await
        }
        "/misuse/declined" => {
            connection.make_response(ok.body(b"no, thank you")).await?;
            connection.recv(&mut [0; 8]).await.map(drop)
        }
        "/misuse/fails" => Err(Rejection::BadInput.into()),
        "/misuse/fails-behind-head" => {
            connection.make_response(ok).await?;
            connection.send(b"never seen").await?;
            Err(Rejection::BadInput.into())
        }
        "/misuse/fails-late" => {
            connection.make_response(ok).await?;
            connection.send(&LARGE_PART).await?;
            Err(Rejection::BadInput.into())
        }
        "/misuse/fails-too-late" => {
            connection.make_response(ok.body(b"all of it")).await?;
            Err(Rejection::BadInput.into())
        }
        "/misuse/send-after-low-level" => {
            let mut stream = connection.low_level().await?;
            let _ = stream.write(b"raw").await;
            let _ = stream.flush().await;
            drop(stream);
            connection.send(b"never seen").await
        }
        "/misuse/http-after-low-level" => {
            connection.make_response(ok.body(b"")).await?;
            drop(connection.low_level().await?);
            connection.make_response(ok.body(b"never seen")).await
        }
        _ => Err(Rejection::NotFound.into()),
    }
}
