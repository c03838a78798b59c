//! A minimal server: `cargo run -p bantam-std --example hello`, then `curl http://127.0.0.1:8080/`.

use std::io::{self, Write as _};

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
use bantam_std::{RunningServer, Server};

struct Hello;

impl Site for Hello {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let text = [("Content-Type", "text/plain")];
        details.connection.make_response(Response::new(Status::OK).headers(&text).body(b"hello\n")).await
    }
}

pub(crate) fn start(address: &str) -> io::Result<RunningServer> {
    Server::new().bind(address)?.start(Hello)
}

fn main() -> io::Result<()> {
    let server = start(&std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned()))?;
    writeln!(io::stdout(), "http://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
