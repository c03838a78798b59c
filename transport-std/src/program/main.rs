//! The program `bantam`: serves the site of `www/` until it is told to stop.
//!
//! Law: a user's mistake is one sentence and an exit code; the URL goes to stdout, everything else to stderr.

#![forbid(unsafe_code)]

mod args;
mod auth;
mod config_file;
mod listeners;
mod manual;
mod proxy_args;
mod rlimit;
mod shutdown;
mod signal_stream;
mod site;
mod telemetry;

use std::io::{self, Write as _};
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;

use args::Args;
use auth::Gate;
use bantam_std::{RunningServer, Server};
use log::{info, warn};
use telemetry::{Health, Watch};

fn main() -> ExitCode {
    let args = config_file::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    telemetry::logger::start(args.watch.quiet, args.watch.verbose);
    let done = match &args {
        Args { hash_password: true, .. } => hash_password(),
        Args { man: true, .. } => manual::man().map_err(|error| error.to_string()),
        Args { completions: Some(shell), .. } => {
            manual::completions(*shell).map_err(|error| error.to_string())
        }
        _ => run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("bantam: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let watch = Watch::new(&args.watch)?;
    let site = args.files.site()?;
    if args.check_config {
        return check(args);
    }
    rlimit::raise_descriptors();
    let mut server = Server::new()
        .mode(args.mode())
        .deadlines(args.deadlines())
        .body_limit(args.max_body.unwrap_or(u64::MAX))
        .proxies(args.proxies.proxies())
        .observer(watch.clone());
    if let Some(workers) = args.workers {
        server = server.workers(workers.get());
    }
    if let Some(connections) = args.max_connections {
        server = server.max_connections(connections.get());
    }
    server = listeners::open(server, &args.bind)?;
    let health = health(args, &watch)?;
    let server =
        server.start(Gate::new(&args.gate, site)).map_err(|error| format!("cannot start: {error}"))?;
    if let Some((_, health)) = &health {
        health.of(server.handle());
    }
    let leave = shutdown::Leave {
        health: health.as_ref().map(|(_, health)| health.clone()),
        drain: args.drain,
        grace: args.grace(),
    };
    shutdown::watch(server.handle(), leave, &watch)
        .map_err(|error| format!("cannot watch for signals: {error}"))?;
    for address in server.local_addrs() {
        // Whoever started us may have closed our stdout; that is no reason to stop.
        let _ = writeln!(io::stdout(), "bantam serves http://{address}/");
    }
    for path in server.unix_paths() {
        let _ = writeln!(io::stdout(), "bantam serves unix:{}", path.display());
    }
    for address in health.iter().flat_map(|(running, _)| running.local_addrs()) {
        info!("metrics at http://{address}/metrics");
    }
    match server.wait() {
        0 => info!("stopped"),
        cut => warn!("stopped; {cut} connections were cut off"),
    }
    Ok(())
}

/// Looks at what has not been looked at yet, and binds nothing: the program may be at work at these addresses.
fn check(args: &Args) -> Result<(), String> {
    let places = args.bind.iter().filter(|place| listeners::path(place).is_none());
    for address in places.chain(&args.watch.metrics) {
        address.to_socket_addrs().map_err(|error| listeners::reason(address, &error))?;
    }
    println!("the settings are sound");
    Ok(())
}

/// The address where one is told how the program does.
fn health(args: &Args, watch: &Watch) -> Result<Option<(RunningServer, Health)>, String> {
    let (Some(address), Some(metrics)) = (&args.watch.metrics, &watch.metrics) else { return Ok(None) };
    let health = Health::new(metrics.clone());
    let server = Server::new().workers(1).max_connections(64).observer(telemetry::Nobody);
    let server = server.bind(address).map_err(|error| listeners::reason(address, &error))?;
    let running = server.start(health.clone()).map_err(|error| format!("cannot start: {error}"))?;
    Ok(Some((running, health)))
}

fn hash_password() -> Result<(), String> {
    let mut password = String::new();
    io::stdin().read_line(&mut password).map_err(|error| format!("cannot read the password: {error}"))?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("a password is needed on standard input".into());
    }
    println!("{}", auth::hash(password.as_bytes())?);
    Ok(())
}
