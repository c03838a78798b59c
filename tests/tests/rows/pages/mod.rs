//! Law: every page is one way to use a connection, right or wrong; its name says which.

mod bodies;
pub(crate) mod report;
mod rude;
mod wrong;

use std::time::Duration;

use bantam::wire::{Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use embedded_io_async::{Error as _, ErrorKind, Read, Write};

/// The site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages;

/// What `/` answers.
pub(crate) const HELLO: &[u8] = b"hello";
/// What `/stream` answers, piece by piece.
pub(crate) const PIECES: [&[u8]; 4] = [b"one ", b"", b"two ", b"three"];
/// What `/pause` answers, a second apart.
pub(crate) const SLOW: [&[u8]; 3] = [b"a", b"b", b"c"];
/// The fields of every text.
pub(crate) const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

/// What `/large` answers, whole, and `/long-stream` in pieces.
pub(crate) fn large() -> Vec<u8> {
    (0..20_000u32).map(|n| b'a' + (n % 26) as u8).collect()
}

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
                for piece in PIECES {
                    connection.send(piece).await?;
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
            "/length" => {
                connection.make_response(ok.length(8)).await?;
                connection.send(b"half").await?;
                connection.send(b"half").await
            }
            "/empty" => connection.make_response(Response::new(Status::NO_CONTENT)).await,
            "/not-modified" => connection.make_response(Response::new(Status::NOT_MODIFIED)).await,
            "/pause" => {
                connection.make_response(ok).await?;
                for piece in SLOW {
                    connection.send(piece).await?;
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
            path if path.starts_with("/body/") => bodies::answer(details).await,
            path if path.starts_with("/wrong/") => wrong::answer(details).await,
            path if path.starts_with("/rude/") => rude::answer(details).await,
            path if path.starts_with("/reject/") => report::reject(details).await,
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

/// A protocol of its own: says everything again, louder, until it hears a full stop. What interrupts it, it does again.
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
