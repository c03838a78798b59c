//! The answer that benchmarks ask for, from whichever mode: `cargo run --release --example plaintext -p bantam-std --
//! --bind 127.0.0.1:9150 --workers 2 --mode loop`, then `curl -i http://127.0.0.1:9150/plaintext`.

use std::process::ExitCode;

use bantam::{Connection, Rejection, RequestDetails, Response, Site, wire::Status};
use bantam_std::{Mode, Server};

struct Plaintext;

impl Site for Plaintext {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match details.uri.path {
            "/plaintext" => {
                let headers = [("Content-Type", "text/plain"), ("Server", "bantam")];
                let answer = Response::new(Status::OK).headers(&headers).body(b"Hello, World!");
                details.connection.make_response(answer).await
            }
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

/// What the command line says.
fn server() -> Result<Server, String> {
    let (mut server, mut bound) = (Server::new().max_connections(65_536), false);
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
        server = match (flag.as_str(), value.as_str()) {
            ("--bind", address) => {
                bound = true;
                server.bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?
            }
            ("--workers", count) => {
                server.workers(count.parse().map_err(|_| format!("{count} is not a number of workers"))?)
            }
            ("--mode", "loop") => server.mode(Mode::Loop),
            ("--mode", "threads") => server.mode(Mode::Threads),
            #[cfg(feature = "tokio")]
            ("--mode", "tokio") => server.mode(Mode::Tokio),
            _ => {
                return Err(format!(
                    "{flag} {value} is not understood: --bind, --workers, --mode loop|threads|tokio"
                ));
            }
        };
    }
    if bound { Ok(server) } else { Err("--bind ADDRESS:PORT is needed".into()) }
}

fn main() -> ExitCode {
    let started = server().and_then(|server| server.start(Plaintext).map_err(|error| error.to_string()));
    match started {
        Ok(server) => {
            for address in server.addresses() {
                println!("http://{address}/plaintext");
            }
            server.wait();
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("plaintext: {sentence}");
            ExitCode::FAILURE
        }
    }
}
