//! Law: a page may take a body in any piece, at any time, or not at all.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};

use super::TEXT;

/// The memory of an echo: small, so that a body comes in many pieces.
const PIECE: usize = 8;
/// The memory of a page that reads past the buffer.
const LONG: usize = 2048;

pub(super) async fn answer<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let ok = Response::new(Status::OK).headers(&TEXT);
    match details.uri.path {
        // Reads before it answers: a client that waits for 100 gets one.
        "/body/echo" => {
            let mut memory = [0; PIECE];
            let count = details.connection.recv(&mut memory).await?;
            details.connection.make_response(ok).await?;
            details.connection.send(&memory[..count]).await?;
            copy(details.connection, &mut memory).await
        }
        "/body/echo-first" => {
            details.connection.make_response(ok).await?;
            copy(details.connection, &mut [0; PIECE]).await
        }
        "/body/echo-long" => {
            let mut memory = [0; LONG];
            let count = details.connection.recv(&mut memory).await?;
            details.connection.make_response(ok).await?;
            details.connection.send(&memory[..count]).await?;
            copy(details.connection, &mut memory).await
        }
        "/body/nothing" => details.connection.make_response(ok.body(b"ignored")).await,
        "/body/half" => {
            let (mut memory, mut length) = ([0; 5], 0);
            while length < memory.len() {
                match details.connection.recv(&mut memory[length..]).await? {
                    0 => break,
                    count => length += count,
                }
            }
            details.connection.make_response(ok.body(&memory[..length])).await
        }
        "/body/whole" => {
            let mut memory = [0; 100];
            let body = details.body(&mut memory).await?;
            details.connection.make_response(ok.body(body)).await
        }
        // Asks for the end of the body again and again: it stays the end.
        "/body/count" => {
            let (mut count, mut memory) = (0, [0; 64]);
            loop {
                match details.connection.recv(&mut memory).await? {
                    0 => break,
                    more => count += more,
                }
            }
            let again = details.connection.recv(&mut memory).await?;
            let text = format!("{count} and {again}");
            details.connection.make_response(ok.body(text.as_bytes())).await
        }
        // Asks without taking: the client may begin, nothing is lost.
        "/body/peek" => {
            let none = details.connection.recv(&mut []).await?;
            let mut memory = [0; 100];
            let body = details.body(&mut memory).await?;
            let text = format!("{none} then {}", body.len());
            details.connection.make_response(ok.body(text.as_bytes())).await
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

async fn copy<C: Connection>(connection: &mut C, memory: &mut [u8]) -> Result<(), C::Error> {
    loop {
        match connection.recv(memory).await? {
            0 => return Ok(()),
            count => connection.send(&memory[..count]).await?,
        }
    }
}
