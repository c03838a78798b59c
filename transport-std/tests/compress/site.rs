//! Pages that answer in the ways that a page can.

use bantam::wire::{Status, Validators};
use bantam::{Connection, Rejection, RequestDetails, Response, Site, SourceError};

use crate::common::Latch;
use crate::text;

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

pub(crate) struct Pages(pub(crate) &'static Latch);

/// The number in the query, such as `?n=5000`.
fn number<C: Connection>(details: &RequestDetails<'_, C>, name: &str) -> usize {
    details.query().opt(name).ok().flatten().unwrap_or(5000)
}

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (content, size) = (text(number(details, "n")), number(details, "size"));
        let ok = Response::new(Status::OK);
        match details.uri.path {
            "/body" => details.connection.make_response(ok.headers(JSON).body(&content)).await,
            "/length" => {
                details.connection.make_response(ok.headers(JSON).length(content.len() as u64)).await?;
                send(details.connection, &content, size).await
            }
            "/stream" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                send(details.connection, &content, size).await
            }
            "/text" => {
                let content = String::from_utf8(content).unwrap();
                details.text(Status::OK, format_args!("{content}")).await
            }
            "/fill" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                let mut rest = &content[..];
                while !rest.is_empty() {
                    let mut write = |free: &mut [u8]| {
                        let count = rest.len().min(free.len()).min(size);
                        free[..count].copy_from_slice(&rest[..count]);
                        count
                    };
                    let count = details.connection.fill(&mut write).await?;
                    rest = &rest[count..];
                }
                Ok(())
            }
            // A page may skip the body of HEAD.
            "/skip" => {
                let response = match details.query().first("stream") {
                    Some(_) => ok.headers(JSON),
                    None => ok.headers(JSON).length(content.len() as u64),
                };
                details.connection.make_response(response).await?;
                if details.method == bantam::wire::Method::Head {
                    return Ok(());
                }
                details.connection.send(&content).await
            }
            "/etag" => {
                let validators = Validators { etag: Some("\"v1\""), ..Validators::default() };
                let (status, _) = validators.select(details.method, &details.headers, 5000);
                let fields = [("ETag", "\"v1\""), ("Content-Type", "text/html"), ("Vary", "Accept")];
                if status != Status::OK {
                    return details.connection.make_response(Response::new(status).headers(&fields)).await;
                }
                details.connection.make_response(ok.headers(&fields).body(&content)).await
            }
            "/field" => {
                let value = details.uri.query.and_then(|query| query.split_once('=')).unwrap();
                let fields = [("Content-Type", "text/html"), value];
                details.connection.make_response(ok.headers(&fields).body(&content)).await
            }
            "/no-transform" | "/events" => {
                let by_path = match details.uri.path {
                    "/events" => ("Content-Type", "text/event-stream"),
                    _ => ("Cache-Control", "max-age=1, no-transform"),
                };
                let fields = [by_path, ("Content-Type", "text/html")];
                let fields = if by_path.0 == "Content-Type" { &fields[..1] } else { &fields[..] };
                details.connection.make_response(ok.headers(fields).body(&content)).await
            }
            "/not-found" => {
                details
                    .connection
                    .make_response(Response::new(Status::NOT_FOUND).headers(JSON).body(&content))
                    .await
            }
            "/partial" => {
                let response = Response::new(Status::PARTIAL_CONTENT);
                details.connection.make_response(response.headers(JSON).body(&content)).await
            }
            "/short-of-length" => {
                details.connection.make_response(ok.headers(JSON).length(6000)).await?;
                details.connection.send(&content).await
            }
            "/beyond-length" => {
                details.connection.make_response(ok.headers(JSON).length(4000)).await?;
                details.connection.send(&content).await
            }
            "/twice" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                assert!(details.connection.response_already_made());
                details.connection.make_response(ok.headers(JSON)).await
            }
            "/bad-field" => {
                let bad = [("Content-Type", "text/html"), ("X", "a\nb")];
                // It can make another.
                assert!(details.connection.make_response(ok.headers(&bad)).await.is_err());
                details.connection.make_response(ok.headers(JSON).body(&content)).await
            }
            "/fails" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                details.connection.send(&content).await?;
                Err(Rejection::NotFound.into())
            }
            "/fails-late" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                details.connection.send(&content).await?;
                details.connection.flush().await?;
                Err(SourceError.into())
            }
            // Its client waits for each part before the latch is opened.
            "/flush" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                details.connection.send(&content).await?;
                details.connection.flush().await?;
                self.0.pass(details.connection).await?;
                details.connection.send(&content).await
            }
            "/echo" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                let mut memory = [0; 1024];
                loop {
                    match details.connection.recv(&mut memory).await? {
                        0 => return Ok(()),
                        count => details.connection.send(&memory[..count]).await?,
                    }
                }
            }
            "/latch" => {
                details.connection.make_response(ok.headers(JSON)).await?;
                details.connection.send(&content).await?;
                self.0.pass(details.connection).await
            }
            _ => Err(Rejection::NoRoute.into()),
        }
    }
}

/// Sends in parts of so many bytes.
async fn send<C: Connection>(connection: &mut C, content: &[u8], size: usize) -> Result<(), C::Error> {
    for part in content.chunks(size) {
        connection.send(part).await?;
    }
    Ok(())
}
