//! `GET /plaintext` answers "Hello, World!", and nothing else is there: what `tests/bench` asks for.
//!
//! Law: it is a server like any other; no path of it exists for a benchmark alone.

#![forbid(unsafe_code)]

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use bantam_std::{Mode, Observer, Server};
use clap::{Parser, ValueEnum};

/// Serves GET /plaintext.
#[derive(Parser)]
struct Args {
    /// Where to listen
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:9150")]
    bind: String,
    /// Threads that serve; with --mode threads the connections that are served at once
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Who serves
    #[arg(long, value_enum, default_value_t = Kind::Loop)]
    mode: Kind,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Loop,
    Threads,
}

struct Plaintext;

impl Site for Plaintext {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path != "/plaintext" {
            return Err(Rejection::NotFound.into());
        }
        let headers = [("Server", "bantam"), ("Content-Type", "text/plain")];
        let response = Response::new(Status::OK).headers(&headers).body(b"Hello, World!");
        details.connection.make_response(response).await
    }
}

/// Nobody watches.
struct Nobody;

impl Observer for Nobody {
    fn answered(&self, _: &bantam_std::Answer<'_>) {}

    fn wants_time(&self) -> bool {
        false
    }
}

fn main() -> std::io::Result<()> {
    let Args { bind, workers, mode } = Args::parse();
    let server = Server::new().bind(&bind)?.observer(Nobody);
    let running = match mode {
        Kind::Loop => server.workers(workers).start(Plaintext),
        // A thread serves one connection at a time: there must be enough of them.
        Kind::Threads => {
            server.mode(Mode::Threads).workers(workers.max(1024)).max_connections(16_384).start(Plaintext)
        }
    }?;
    println!("http://{}/plaintext", running.addresses()[0]);
    running.wait();
    Ok(())
}
