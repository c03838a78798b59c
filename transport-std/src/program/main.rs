//! The program `bantam`: serves the site of `www/` or a directory until a signal stops it.
//!
//! Invariant: an error is one sentence on stderr and an exit code; stdout has the URLs only.

#![forbid(unsafe_code)]

mod args;
mod auth;
mod config_file;
mod listeners;
mod proxy_args;
mod shutdown;
mod site;
mod telemetry;

use std::io::{self, Write as _};
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;

use args::Args;
use auth::AccessControl;
use bantam_std::{RunningServer, Server};
use clap_mangen::Man;
use log::{info, warn};
use telemetry::{HealthSite, NoObserver, Telemetry};

fn main() -> ExitCode {
    let args = config_file::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    args.telemetry.init_logger();
    let result = match &args {
        Args { hash_password: true, .. } => hash_password(),
        Args { man: true, .. } => print_generated(|page| Man::new(config_file::command()).render(page)),
        Args { completions: Some(shell), .. } => print_generated(|script| {
            clap_complete::generate(*shell, &mut config_file::command(), "bantam", script);
            Ok(())
        }),
        _ => run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bantam: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what `write` generates from the flags.
fn print_generated(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<(), String> {
    let mut text = Vec::new();
    write(&mut text).and_then(|()| io::stdout().write_all(&text)).map_err(|error| error.to_string())
}

fn run(args: &Args) -> Result<(), String> {
    let telemetry = Telemetry::new(&args.telemetry)?;
    let site = args.files.site()?;
    if args.check_config {
        return check_config(args);
    }
    #[cfg(unix)]
    raise_nofile_limit();
    let mut server = Server::new()
        .mode(args.mode())
        .deadlines(args.deadlines())
        .body_limit(args.max_body.unwrap_or(u64::MAX))
        .proxies(args.proxies.proxies())
        .observer(telemetry.clone());
    if let Some(workers) = args.workers {
        server = server.workers(workers.get());
    }
    if let Some(connections) = args.max_connections {
        server = server.max_connections(connections.get());
    }
    server = listeners::open(server, &args.bind)?;
    let health = start_health_server(args, &telemetry)?;
    let server = server
        .start(AccessControl::new(&args.auth, site))
        .map_err(|error| format!("cannot start: {error}"))?;
    if let Some((_, health)) = &health {
        health.attach(server.handle());
    }
    let plan = shutdown::ShutdownPlan {
        health: health.as_ref().map(|(_, health)| health.clone()),
        drain: args.drain,
        grace: args.timeout_stop,
    };
    shutdown::spawn_signal_thread(server.handle(), plan, &telemetry)
        .map_err(|error| format!("cannot wait for signals: {error}"))?;
    for address in server.local_addrs() {
        // The parent process may have closed stdout.
        let _ = writeln!(io::stdout(), "bantam serves http://{address}/");
    }
    for path in server.unix_paths() {
        let _ = writeln!(io::stdout(), "bantam serves unix:{}", path.display());
    }
    for address in health.iter().flat_map(|(running, _)| running.local_addrs()) {
        info!("metrics at http://{address}/metrics");
    }
    let handle = server.handle();
    match server.wait() {
        0 => info!("stopped"),
        aborted => warn!("stopped: {aborted} connections were aborted"),
    }
    match handle.worker_panics() {
        0 => Ok(()),
        panics => Err(format!("{panics} workers have panicked or ended: see the log")),
    }
}

/// Raises the soft limit of descriptors to the hard one. The usual 1,024 exists for programs that call select(2).
#[cfg(unix)]
fn raise_nofile_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it fails the server goes on with fewer connections.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Resolves the addresses, and binds none: another instance may be listening on them.
fn check_config(args: &Args) -> Result<(), String> {
    let addresses = args.bind.iter().filter(|address| listeners::unix_path(address).is_none());
    for address in addresses.chain(&args.telemetry.metrics) {
        address.to_socket_addrs().map_err(|error| listeners::bind_error(address, &error))?;
    }
    println!("the settings are valid");
    Ok(())
}

/// Starts the server of --metrics.
fn start_health_server(
    args: &Args,
    telemetry: &Telemetry,
) -> Result<Option<(RunningServer, HealthSite)>, String> {
    let (Some(address), Some(metrics)) = (&args.telemetry.metrics, &telemetry.metrics) else {
        return Ok(None);
    };
    let health = HealthSite::new(metrics.clone());
    let server = Server::new().workers(1).max_connections(64).observer(NoObserver);
    let server = server.bind(address).map_err(|error| listeners::bind_error(address, &error))?;
    let running = server.start(health.clone()).map_err(|error| format!("cannot start: {error}"))?;
    Ok(Some((running, health)))
}

fn hash_password() -> Result<(), String> {
    let mut password = String::new();
    io::stdin().read_line(&mut password).map_err(|error| format!("cannot read the password: {error}"))?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("expected a password on stdin".into());
    }
    println!("{}", auth::hash(password.as_bytes())?);
    Ok(())
}
