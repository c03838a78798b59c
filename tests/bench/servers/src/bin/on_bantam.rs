//! bantam on one worker, for what its example `plaintext` has no page for. `on_bantam ADDRESS`

use std::io;

use bantam::{Connection, Rejection, RequestDetails, Response, Site, wire::Status};
use bantam_std::Server;

struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let connection = &mut *details.connection;
        match details.uri.path {
            "/plaintext" => {
                let response = Response::new(Status::OK).headers(&[("Content-Type", "text/plain")]);
                connection.make_response(response.body(b"Hello, World!")).await
            }
            "/upload" => {
                let (mut memory, mut count) = (vec![0; bench_servers::PIECE], 0);
                loop {
                    match connection.recv(&mut memory).await? {
                        0 => break,
                        received => count += received as u64,
                    }
                }
                connection.make_response(Response::new(Status::OK).body(count.to_string().as_bytes())).await
            }
            "/json" => {
                let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")];
                let body = bench_servers::json_in_gzip();
                connection.make_response(Response::new(Status::OK).headers(&headers).body(&body)).await
            }
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

fn main() -> io::Result<()> {
    let (address, _) = bench_servers::arguments();
    let server = Server::new().max_connections(65_536).workers(1).body_limit(bench_servers::UPLOAD as u64);
    server.bind(address)?.start(Pages)?.wait();
    Ok(())
}
