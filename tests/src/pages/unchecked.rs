//! Pages that ignore the errors of their calls.
//!
//! Invariant: the next request is served as after any other page.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};

use crate::pages::content::TEXT;

pub(super) async fn respond<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let ok = Response::new(Status::OK).headers(&TEXT);
    let connection = &mut *details.connection;
    match details.uri.path {
        // Ignores that a second response is refused.
        "/unchecked/second" => {
            connection.make_response(ok.body(b"first")).await?;
            let _ = connection.make_response(ok.body(b"second")).await;
            let _ = connection.send(b"more").await;
            Ok(())
        }
        // Makes refused responses, then a good one.
        "/unchecked/retry" => {
            let _ = connection.send(b"too early").await;
            let _ = connection.make_response(ok.headers(&[("Connection", "keep-alive")])).await;
            let _ = connection.make_response(ok.headers(&[("X", "a\nb")]).body(b"x")).await;
            connection.make_response(ok.body(b"at last")).await
        }
        // Reads the body to its end, and again.
        "/unchecked/recv-twice" => {
            while let Ok(1..) = connection.recv(&mut [0; 64]).await {}
            while let Ok(1..) = connection.recv(&mut [0; 64]).await {}
            connection.make_response(ok.body(b"fine")).await
        }
        // A refused head leaves nothing: the next one is the first.
        "/unchecked/recover" => {
            let refused = connection.make_response(ok.headers(&[("X", "\0")])).await;
            assert!(refused.is_err() && !connection.response_already_made());
            connection.make_response(ok.body(b"recovered")).await
        }
        _ => Err(Rejection::NotFound.into()),
    }
}
