//! The site of the tests: each page uses the connection in one way, correct or not.

mod bodies;
pub mod content;
mod misuse;
pub mod report;
mod unchecked;

use std::time::Duration;

use bantam::wire::{Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use embedded_io_async::{Error as _, ErrorKind, Read, Write};

use content::{HELLO, PAUSE_PARTS, STREAM_PARTS, TEXT, large};

/// The site.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let ok = Response::new(Status::OK).headers(&TEXT);
        let connection = &mut *details.connection;
        match details.uri.path {
            "/" => connection.make_response(ok.body(HELLO)).await,
            "/large" => connection.make_response(ok.body(&large())).await,
            "/stream" => {
                connection.make_response(ok).await?;
                for part in STREAM_PARTS {
                    connection.send(part).await?;
                }
                Ok(())
            }
            "/long-stream" => {
                connection.make_response(ok).await?;
                for piece in large().chunks(70) {
                    connection.send(piece).await?;
                }
                Ok(())
            }
            // Chunks that are small enough to be one answer with a length.
            "/flushed" => {
                connection.make_response(ok).await?;
                for part in STREAM_PARTS {
                    connection.send(part).await?;
                    connection.flush().await?;
                }
                Ok(())
            }
            "/length" => {
                connection.make_response(ok.length(8)).await?;
                connection.send(b"half").await?;
                connection.send(b"half").await
            }
            "/empty" => connection.make_response(Response::new(Status::NO_CONTENT)).await,
            "/not-modified" => connection.make_response(Response::new(Status::NOT_MODIFIED)).await,
            "/pause" => {
                connection.make_response(ok).await?;
                for part in PAUSE_PARTS {
                    connection.send(part).await?;
                    connection.pause(Duration::from_secs(1)).await?;
                }
                Ok(())
            }
            "/close" => {
                connection.close();
                connection.make_response(ok.body(b"last")).await
            }
            "/close-later" => {
                connection.make_response(ok.body(b"last")).await?;
                connection.close();
                Ok(())
            }
            "/get-only" => {
                Err(Rejection::MethodNotAllowed(MethodSet::of(&[Method::Get, Method::Head])).into())
            }
            "/upgrade" => {
                let upgrade = [("Upgrade", "shout")];
                let switching = Response::new(Status::SWITCHING_PROTOCOLS).headers(&upgrade);
                connection.make_response(switching).await?;
                shout(connection.low_level().await?).await;
                Ok(())
            }
            "/report" => report::report(details).await,
            "*" => connection.make_response(Response::new(Status::NO_CONTENT)).await,
            path if path.starts_with("/body/") => bodies::respond(details).await,
            path if path.starts_with("/misuse/") => misuse::respond(details).await,
            path if path.starts_with("/unchecked/") => unchecked::respond(details).await,
            path if path.starts_with("/reject/") => report::reject(details).await,
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

/// A protocol that echoes in capitals until a full stop. Retries what is interrupted.
async fn shout(mut stream: impl Read + Write) {
    let mut memory = [0; 4];
    loop {
        let count = match stream.read(&mut memory).await {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(count @ 1..) => count,
            _ => return,
        };
        let stop = memory[..count].iter().position(|byte| *byte == b'.');
        let mut piece = memory[..stop.map_or(count, |stop| stop + 1)].to_ascii_uppercase();
        while !piece.is_empty() {
            match stream.write(&piece).await {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count @ 1..) => drop(piece.drain(..count)),
                _ => return,
            }
        }
        while let Err(error) = stream.flush().await {
            if error.kind() != ErrorKind::Interrupted {
                return;
            }
        }
        if stop.is_some() {
            return;
        }
    }
}
