//! Law: a page that breaks a rule harms its own answer, and no other.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};

use super::TEXT;

/// Longer than any buffer of the tests.
const MUCH: [u8; 10_000] = [b'm'; 10_000];

pub(super) async fn answer<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let ok = Response::new(Status::OK).headers(&TEXT);
    let connection = &mut *details.connection;
    match details.uri.path {
        "/wrong/second" => {
            connection.make_response(ok.body(b"first")).await?;
            connection.make_response(ok.body(b"second")).await
        }
        "/wrong/send-first" => connection.send(b"too early").await,
        "/wrong/no-response" => Ok(()),
        "/wrong/too-long" => {
            connection.make_response(ok.length(4)).await?;
            connection.send(b"hello").await
        }
        "/wrong/one-too-many" => {
            connection.make_response(ok.length(4)).await?;
            connection.send(b"four").await?;
            connection.send(b"!").await
        }
        "/wrong/too-short" => {
            connection.make_response(ok.length(6)).await?;
            connection.send(b"short").await
        }
        "/wrong/much-too-short" => {
            connection.make_response(ok.length(10_001)).await?;
            connection.send(&MUCH).await
        }
        "/wrong/much-too-long" => {
            connection.make_response(ok.length(10_001)).await?;
            connection.send(&MUCH).await?;
            connection.send(&MUCH).await
        }
        "/wrong/header" => {
            connection.make_response(ok.headers(&[("X", "a\r\nSet-Cookie: b")]).body(b"x")).await
        }
        "/wrong/header-name" => connection.make_response(ok.headers(&[("X: y\r\nZ", "a")]).body(b"x")).await,
        "/wrong/reserved" => {
            connection.make_response(ok.headers(&[("content-length", "7")]).body(b"x")).await
        }
        "/wrong/large-head" => {
            let long = "h".repeat(9_000);
            connection.make_response(ok.headers(&[("X", &long)]).body(b"x")).await
        }
        "/wrong/body-204" => connection.make_response(Response::new(Status::NO_CONTENT).body(b"x")).await,
        "/wrong/send-304" => {
            connection.make_response(Response::new(Status::NOT_MODIFIED)).await?;
            connection.send(b"x").await
        }
        "/wrong/status-100" => connection.make_response(Response::new(Status::CONTINUE)).await,
        "/wrong/status-101" => connection.make_response(Response::new(Status::SWITCHING_PROTOCOLS)).await,
        "/wrong/status-600" => {
            connection.make_response(Response::new(Status::new(600).unwrap_or(Status::OK)).body(b"x")).await
        }
        "/wrong/declined" => {
            connection.make_response(ok.body(b"no, thank you")).await?;
            connection.recv(&mut [0; 8]).await.map(drop)
        }
        "/wrong/fails" => Err(Rejection::BadInput.into()),
        "/wrong/fails-behind-head" => {
            connection.make_response(ok).await?;
            connection.send(b"never seen").await?;
            Err(Rejection::BadInput.into())
        }
        "/wrong/fails-late" => {
            connection.make_response(ok).await?;
            connection.send(&MUCH).await?;
            Err(Rejection::BadInput.into())
        }
        "/wrong/fails-too-late" => {
            connection.make_response(ok.body(b"all of it")).await?;
            Err(Rejection::BadInput.into())
        }
        "/wrong/http-after-low-level" => {
            connection.make_response(ok.body(b"")).await?;
            drop(connection.low_level().await?);
            connection.make_response(ok.body(b"never seen")).await
        }
        _ => Err(Rejection::NotFound.into()),
    }
}
