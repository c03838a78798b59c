//! Pages that read a request body: in parts, in one call, half of it, or not at all.

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response};

use crate::pages::content::TEXT;

/// The memory of an echo, in bytes: small, so that a body needs many calls.
const SMALL: usize = 8;
/// The memory of a page that reads directly from the stream, in bytes.
const LARGE: usize = 2048;

pub(super) async fn respond<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let ok = Response::new(Status::OK).headers(&TEXT);
    match details.uri.path {
        // Reads before it responds, so that 100 (Continue) is sent.
        "/body/echo" => {
            let mut memory = [0; SMALL];
            let count = details.connection.recv(&mut memory).await?;
            details.connection.make_response(ok).await?;
            details.connection.send(&memory[..count]).await?;
            copy(details.connection, &mut memory).await
        }
        "/body/echo-first" => {
            details.connection.make_response(ok).await?;
            copy(details.connection, &mut [0; SMALL]).await
        }
        "/body/echo-long" => {
            let mut memory = [0; LARGE];
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
        "/body/reject-half" => {
            details.connection.recv(&mut [0; 5]).await?;
            Err(Rejection::BadInput.into())
        }
        "/body/whole" => {
            let mut memory = [0; 100];
            let body = details.body(&mut memory).await?;
            details.connection.make_response(ok.body(body)).await
        }
        // Reads again after the end: it stays the end.
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
        // Reads into no memory: sends 100 (Continue) and loses nothing.
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
