//! Law: a page that does not listen to what its calls tell it is still no danger to the next request.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};

use super::TEXT;

pub(super) async fn answer<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let ok = Response::new(Status::OK).headers(&TEXT);
    let connection = &mut *details.connection;
    match details.uri.path {
        // A second response, and never mind what becomes of it.
        "/rude/second" => {
            connection.make_response(ok.body(b"first")).await?;
            let _ = connection.make_response(ok.body(b"second")).await;
            let _ = connection.send(b"more").await;
            Ok(())
        }
        // A head that is refused, then a good one.
        "/rude/retry" => {
            let _ = connection.send(b"too early").await;
            let _ = connection.make_response(ok.headers(&[("Connection", "keep-alive")])).await;
            let _ = connection.make_response(ok.headers(&[("X", "a\nb")]).body(b"x")).await;
            connection.make_response(ok.body(b"at last")).await
        }
        // Asks for the body to its end, and again.
        "/rude/deaf-twice" => {
            while let Ok(1..) = connection.recv(&mut [0; 64]).await {}
            while let Ok(1..) = connection.recv(&mut [0; 64]).await {}
            connection.make_response(ok.body(b"fine")).await
        }
        _ => Err(Rejection::NotFound.into()),
    }
}
