//! A minimal server: `cargo run --example hello -p bantam-std`, then `curl http://127.0.0.1:8080/`.

use std::io::Write as _;

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
use bantam_std::Server;

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

fn main() -> std::io::Result<()> {
    let server = Server::new().bind("127.0.0.1:8080")?.start(Hello)?;
    writeln!(std::io::stdout(), "http://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
