//! The plaintext response of benchmarks, in a mode of choice: `cargo run --release --example plaintext -p bantam-std --
//! --bind 127.0.0.1:9150 --workers 2 --mode loop`, then `curl -i http://127.0.0.1:9150/plaintext`. With `--tls-cert FILE
//! --tls-key FILE` over HTTPS.

use std::io::Write as _;
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
                let response = Response::new(Status::OK).headers(&headers).body(b"Hello, World!");
                details.connection.make_response(response).await
            }
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

/// Parses a value of --mode.
fn parse_mode(name: &str) -> Option<Mode> {
    match name.to_ascii_lowercase().as_str() {
        "loop" => Some(Mode::EventLoop),
        "threads" => Some(Mode::Threads),
        #[cfg(feature = "tokio")]
        "tokio" => Some(Mode::Tokio),
        _ => None,
    }
}

/// Builds the server from the command line.
fn server() -> Result<Server, String> {
    let (mut server, mut bound) = (Server::new().max_connections(65_536), false);
    let (mut workers, mut mode) = (2, Mode::EventLoop);
    let (mut cert, mut key) = (None, None);
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        server = match (flag.as_str(), value.as_str()) {
            ("--bind", address) => {
                bound = true;
                server.bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?
            }
            ("--workers", count) => {
                workers = count.parse().map_err(|_| format!("{count} is not a number of workers"))?;
                server
            }
            ("--mode", name) => {
                mode = parse_mode(name).ok_or_else(|| format!("this build has no mode {name}"))?;
                server
            }
            ("--tls-cert", file) => {
                cert = Some(file.to_owned());
                server
            }
            ("--tls-key", file) => {
                key = Some(file.to_owned());
                server
            }
            _ => {
                return Err(format!(
                    "unknown flag {flag} {value}: expected --bind, --workers, --mode loop|threads|tokio, --tls-cert or --tls-key"
                ));
            }
        };
    }
    if let (Some(cert), Some(key)) = (cert, key) {
        server = with_tls(server, cert, key)?;
    }
    // A thread serves one connection at a time.
    let threads = if mode == Mode::Threads { workers.max(1024) } else { workers };
    server = server.mode(mode).workers(threads);
    if bound { Ok(server) } else { Err("--bind ADDRESS:PORT is required".into()) }
}

#[cfg(feature = "tls")]
fn with_tls(server: Server, cert: String, key: String) -> Result<Server, String> {
    let tls = bantam_std::Tls::from_pem_files([(cert, key)]).map_err(|error| error.to_string())?;
    Ok(server.tls(tls))
}

#[cfg(not(feature = "tls"))]
fn with_tls(_: Server, _: String, _: String) -> Result<Server, String> {
    Err("this build has no TLS".into())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Without stderr the exit code is all that can be said.
            let _ = writeln!(std::io::stderr(), "plaintext: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let server = server()?.start(Plaintext).map_err(|error| error.to_string())?;
    for address in server.local_addrs() {
        writeln!(std::io::stdout(), "http://{address}/plaintext").map_err(|error| error.to_string())?;
    }
    server.wait();
    Ok(())
}
