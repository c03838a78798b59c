//! The program `bantam`: serves the site of `www/` until it is told to stop.
//!
//! Law: a user's mistake is one sentence and an exit code; the URL goes to stdout, everything else to stderr.

#![forbid(unsafe_code)]

mod args;
mod files;
mod logging;
mod signals;

use std::io::{self, Write as _};
use std::process::ExitCode;

use args::Args;
use bantam_std::Server;
use clap::Parser as _;
use log::{info, warn};

fn main() -> ExitCode {
    let args = Args::parse();
    logging::start(args.quiet, args.verbose);
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("bantam: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let site = args.files.site()?;
    let mut server = Server::new()
        .workers(args.workers.get())
        .max_connections(args.max_connections.get())
        .deadlines(args.deadlines())
        .body_limit(args.max_body.unwrap_or(u64::MAX));
    for address in &args.bind {
        server = server.bind(address).map_err(|error| reason(address, &error))?;
    }
    let server = server.start(site).map_err(|error| format!("cannot start: {error}"))?;
    signals::stop_on_signal(server.stop_handle(), args.grace())
        .map_err(|error| format!("cannot watch for signals: {error}"))?;
    for address in server.addresses() {
        // Whoever started us may have closed our stdout; that is no reason to stop.
        let _ = writeln!(io::stdout(), "bantam serves http://{address}/");
    }
    match server.wait() {
        0 => info!("stopped"),
        cut => warn!("stopped; {cut} connections were cut off"),
    }
    Ok(())
}

fn reason(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken by another program; try another --bind"),
        io::ErrorKind::AddrNotAvailable => format!("{address} is not an address of this machine"),
        io::ErrorKind::PermissionDenied => format!("{address} needs rights that this user has not"),
        io::ErrorKind::InvalidInput => format!("{address} is not ADDRESS:PORT"),
        _ => format!("cannot listen on {address}: {error}"),
    }
}
