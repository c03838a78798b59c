//! Law: whatever a page can do to its connection, one of these does.

use std::time::Duration;

use bantam::wire::{Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use embedded_io_async::{Read as _, Write as _};

/// The pages of the tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pages;

/// What `/large` sends.
pub const LARGE: [u8; 5000] = [b'L'; 5000];

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let path = details.uri.path;
        match path {
            "/" | "*" => ok(details, b"hello").await,
            "/large" => ok(details, &LARGE).await,
            "/stream" => {
                details.connection.make_response(Response::new(Status::OK)).await?;
                for piece in ["one, ", "", "two, ", "three"] {
                    details.connection.send(piece.as_bytes()).await?;
                }
                Ok(())
            }
            "/pause" => {
                details.connection.make_response(Response::new(Status::OK)).await?;
                for piece in [&b"before"[..], b"after"] {
                    details.connection.send(piece).await?;
                    details.connection.pause(Duration::from_secs(1)).await?;
                }
                Ok(())
            }
            "/empty" => details.connection.make_response(Response::new(Status::NO_CONTENT)).await,
            "/unchanged" => details.connection.make_response(Response::new(Status::NOT_MODIFIED)).await,
            "/echo" => echo(details).await,
            "/take" => take(details).await,
            "/half" => {
                let mut memory = [0; 4];
                let count = details.connection.recv(&mut memory).await?;
                let memory = memory;
                ok(details, &memory[..count.min(1)]).await
            }
            "/details" => {
                let text = describe(details);
                ok(details, text.as_bytes()).await
            }
            "/close" => {
                details.connection.close();
                ok(details, b"bye").await
            }
            "/only-post" if details.method != Method::Post => {
                Err(Rejection::MethodNotAllowed(MethodSet::of(&[Method::Post])).into())
            }
            "/only-post" => ok(details, b"posted").await,
            "/bad-input" => Err(Rejection::BadInput.into()),
            "/upgrade" => upgrade(details).await,
            "/raw" => {
                let mut stream = details.connection.low_level().await?;
                let _ = stream.write(b"raw").await;
                drop(stream);
                details.connection.send(b"HTTP again?").await
            }
            _ => misbehave(path, details).await,
        }
    }
}

async fn ok<C: Connection>(details: &mut RequestDetails<'_, C>, body: &[u8]) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(body)).await
}

/// Asks for the body before it answers, as a page should.
async fn echo<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 7];
    let mut count = details.connection.recv(&mut memory).await?;
    details.connection.make_response(Response::new(Status::OK)).await?;
    while count > 0 {
        details.connection.send(&memory[..count]).await?;
        count = details.connection.recv(&mut memory).await?;
    }
    Ok(())
}

/// Takes the body whole: at most 10 bytes.
async fn take<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 10];
    let body = details.body(&mut memory).await?.to_vec();
    ok(details, &body).await
}

fn describe<C: Connection>(details: &RequestDetails<'_, C>) -> String {
    let pairs: Vec<_> = details
        .parsers()
        .query()
        .map(|(name, value)| format!("{}={}", text(name.bytes()), text(value.bytes())))
        .collect();
    format!(
        "{} {} {:?} {} from {:?} with {}",
        details.method,
        details.uri.path,
        details.uri.authority,
        pairs.join(";"),
        details.client_address.map(|address| address.to_string()),
        details.headers.iter().map(|header| header.name).collect::<Vec<_>>().join(","),
    )
}

fn text(bytes: impl Iterator<Item = u8>) -> String {
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

/// Switches protocols, and then sends everything back until the peer ends.
async fn upgrade<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let headers = [("Upgrade", "echo")];
    details.connection.make_response(Response::new(Status::SWITCHING_PROTOCOLS).headers(&headers)).await?;
    let mut stream = details.connection.low_level().await?;
    let mut memory = [0; 4];
    while let Ok(count @ 1..) = stream.read(&mut memory).await {
        if stream.write_all(&memory[..count]).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Pages that break a rule each.
async fn misbehave<C: Connection>(path: &str, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let connection = &mut *details.connection;
    let plain = Response::new(Status::OK);
    match path {
        "/no-response" => Ok(()),
        "/second" => {
            connection.make_response(plain.body(b"first")).await?;
            assert!(connection.response_already_made());
            connection.make_response(plain.body(b"second")).await
        }
        "/send-first" => connection.send(b"too early").await,
        "/too-long" => {
            connection.make_response(plain.length(3)).await?;
            connection.send(b"four").await
        }
        "/too-short" => {
            connection.make_response(plain.length(10)).await?;
            connection.send(b"five!").await
        }
        "/too-short-large" => {
            connection.make_response(plain.length(9000)).await?;
            connection.send(&LARGE).await
        }
        "/split" => connection.make_response(plain.headers(&[("X", "a\r\nInjected: yes")]).body(b"")).await,
        "/reserved" => connection.make_response(plain.headers(&[("content-length", "7")])).await,
        "/large-head" => connection.make_response(plain.headers(&[("X", LONG_VALUE)])).await,
        "/interim" => connection.make_response(Response::new(Status::CONTINUE)).await,
        "/switch" => connection.make_response(Response::new(Status::SWITCHING_PROTOCOLS)).await,
        "/empty-with-body" => connection.make_response(Response::new(Status::NO_CONTENT).body(b"x")).await,
        "/fail-late" => {
            connection.make_response(plain).await?;
            connection.send(&LARGE).await?;
            Err(Rejection::BadInput.into())
        }
        "/fail-early" => {
            connection.make_response(plain).await?;
            connection.send(b"never seen").await?;
            Err(Rejection::BadInput.into())
        }
        "/fail-whole" => {
            connection.make_response(plain.body(b"whole")).await?;
            Err(Rejection::BadInput.into())
        }
        "/answer-first" => {
            connection.make_response(plain).await?;
            let mut memory = [0; 7];
            while let count @ 1.. = connection.recv(&mut memory).await? {
                connection.send(&memory[..count]).await?;
            }
            Ok(())
        }
        "/recover" => {
            // A head that was refused leaves nothing behind: the next one is the first.
            let refused = connection.make_response(plain.headers(&[("X", "\0")])).await;
            assert!(refused.is_err() && !connection.response_already_made());
            connection.make_response(plain.body(b"recovered")).await
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

/// Longer than any response buffer of the tests.
const LONG_VALUE: &str = match std::str::from_utf8(&[b'v'; 3000]) {
    Ok(text) => text,
    Err(_) => "",
};
