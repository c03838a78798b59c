//! The program `bantam`: serves the site of `www/` or a directory until a signal stops it.
//!
//! Invariant: an error is one sentence on stderr and an exit code; stdout has the URLs only, and neither is waited for for
//! longer than the stop may take.

#![forbid(unsafe_code)]
// They panic where the stream cannot be written.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod access;
mod args;
mod auth;
mod config_file;
mod listeners;
mod merge;
mod origins;
mod output;
mod proxy_args;
mod setting;
mod settings;
mod shutdown;
mod site;
mod telemetry;
mod values;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use args::Args;
use bantam::Site as _;
use bantam_std::{RunningServer, Server};
use clap::CommandFactory as _;
use clap_mangen::Man;
use log::{info, warn};
use shutdown::StopDeadline;
use site::ProgramSite;
use telemetry::{HealthSite, NoObserver, Sink, Telemetry};

/// How long the last lines of the logs may take after the last connection, within the deadline of the stop.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);
/// How long the very last ones may take in any case.
const LAST_FLUSH: Duration = Duration::from_millis(250);

fn main() -> ExitCode {
    let reload = match shutdown::survive_reload() {
        Ok(reload) => reload,
        Err(error) => return exit_code(Err(signal_error(&error))),
    };
    let args = match settings::read(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => error.exit(),
        // --help and --version.
        Err(answer) => return exit_code(output::print_answer(&answer)),
    };
    let stderr = match args.telemetry.init_logger() {
        Ok(stderr) => stderr,
        Err(error) => return exit_code(Err(format!("cannot start a thread: {error}"))),
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in settings::unknown_variables(names) {
        warn!("the variable {name} sets nothing: there is no such setting");
    }
    let result = match &args {
        Args { hash_password: true, .. } => hash_password(),
        Args { man: true, .. } => print_generated(|page| Man::new(Args::command()).render(page)),
        Args { completions: Some(shell), .. } => print_generated(|script| {
            clap_complete::generate(*shell, &mut Args::command(), "bantam", script);
            Ok(())
        }),
        Args { check_config: true, .. } => check_config(&args),
        _ => run(&args, &stderr, reload),
    };
    if let Err(message) = &result {
        stderr.push(format!("bantam: {message}\n").as_bytes());
    }
    stderr.flush(LAST_FLUSH);
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The end before there is a log.
fn exit_code(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            output::print_error(message);
            ExitCode::FAILURE
        }
    }
}

/// Prints what `write` generates from the flags.
fn print_generated(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<(), String> {
    let mut text = Vec::new();
    write(&mut text).map_err(|error| error.to_string())?;
    output::print(&text)
}

/// Serves until a signal stops it. `reload` is set when a SIGHUP has come.
fn run(args: &Args, stderr: &Sink, reload: Arc<AtomicBool>) -> Result<(), String> {
    #[cfg(unix)]
    raise_nofile_limit(args);
    let telemetry = Telemetry::new(&args.telemetry, stderr, args.auth.has_users())?;
    let site = site(args)?;
    let server = listeners::open(server(args), &args.bind, args.unix_mode)?.observer(telemetry.clone());
    let health = start_health_server(args, &telemetry)?;
    let site = args.auth.protect(&args.files, site.layer(telemetry.login_recorder()))?;
    let signals = shutdown::catch_signals().map_err(|error| signal_error(&error))?;
    let server = server.start(site).map_err(|error| format!("cannot start: {error}"))?;
    if let Some((_, health)) = &health {
        health.attach(server.handle());
    }
    let deadline = StopDeadline::default();
    let plan = shutdown::ShutdownPlan {
        health: health.as_ref().map(|(_, health)| health.clone()),
        drain: args.drain,
        grace: args.timeout_stop,
        deadline: deadline.clone(),
    };
    let handle = server.handle();
    let stop = move |_: &String| handle.shutdown(Duration::ZERO);
    let print_error = shutdown::spawn_signal_thread(server.handle(), plan, &telemetry, reload, signals)
        .map_err(|error| signal_error(&error))
        .and_then(|()| output::print_in_background(addresses(&server), stop.clone()))
        .inspect_err(stop);
    for address in health.iter().flat_map(|(running, _)| running.local_addrs()) {
        info!("metrics at http://{address}/metrics");
    }
    let handle = server.handle();
    match server.wait() {
        0 => info!("stopped"),
        aborted => warn!("stopped: {aborted} connections were aborted"),
    }
    telemetry.flush(deadline.remaining(FLUSH_LIMIT));
    if let Some(message) = print_error?.get() {
        return Err(message.clone());
    }
    match handle.worker_panics() {
        0 => Ok(()),
        panics => Err(format!("{panics} workers have panicked or ended: see the log")),
    }
}

/// The pages and the files, after what the access control refuses at the start.
fn site(args: &Args) -> Result<ProgramSite, String> {
    args.auth.check(args.files.cache_control())?;
    args.files.cors()?;
    args.files.site()
}

/// The server of the site, without listeners.
fn server(args: &Args) -> Server {
    let mut server = Server::new()
        .mode(args.mode())
        .deadlines(args.deadlines())
        .body_limit(args.max_body.map_or(u64::MAX, |size| size.0))
        .proxies(args.proxies.proxies());
    if let Some(workers) = args.workers {
        server = server.workers(workers.get());
    }
    if let Some(connections) = args.max_connections {
        server = server.max_connections(connections.get());
    }
    if let Some(size) = args.max_head {
        server = server.max_head(usize::try_from(size.0).unwrap_or(usize::MAX));
    }
    server
}

/// The lines that tell where the server listens.
fn addresses(server: &RunningServer) -> String {
    let tcp = server.local_addrs().iter().map(|address| format!("bantam serves http://{address}/\n"));
    let unix = server.unix_paths().iter().map(|path| format!("bantam serves unix:{}\n", path.display()));
    tcp.chain(unix).collect()
}

fn signal_error(error: &io::Error) -> String {
    format!("cannot wait for signals: {error}")
}

/// Raises the soft limit of descriptors to the hard one. The usual 1,024 exists for programs that call select(2). Warns where
/// that is too low for --max-connections.
#[cfg(unix)]
fn raise_nofile_limit(args: &Args) {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it fails the server goes on with fewer connections.
    let _ = setrlimit(Resource::Nofile, limit);
    let wanted = args.max_connections.map_or(0, |connections| connections.get() as u64);
    if let Some(files) = getrlimit(Resource::Nofile).current.filter(|files| *files < wanted) {
        warn!(
            "--max-connections {wanted} is beyond the {files} files that this process may open (ulimit -n)"
        );
    }
}

/// Does what [`run`] does before it serves, and leaves nothing behind: addresses are bound and closed, files are read, and
/// none is made.
fn check_config(args: &Args) -> Result<(), String> {
    #[cfg(unix)]
    raise_nofile_limit(args);
    args.telemetry.check_access_log()?;
    site(args)?;
    let _listeners = listeners::check(server(args), &args.bind)?;
    let _health = bind_health_server(args)?;
    output::print(b"the settings are valid\n")
}

/// Binds the address of --metrics.
fn bind_health_server(args: &Args) -> Result<Option<Server>, String> {
    let Some(address) = &args.telemetry.metrics else { return Ok(None) };
    let server = HealthSite::server().observer(NoObserver);
    let bound = server.bind(address).map_err(|error| listeners::bind_error("--metrics", address, &error));
    bound.map(Some)
}

/// Starts the server of --metrics.
fn start_health_server(
    args: &Args,
    telemetry: &Telemetry,
) -> Result<Option<(RunningServer, HealthSite)>, String> {
    let (Some(server), Some(metrics)) = (bind_health_server(args)?, &telemetry.metrics) else {
        return Ok(None);
    };
    let health = HealthSite::new(metrics.clone());
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
    output::print(format!("{}\n", auth::hash(password.as_bytes())?).as_bytes())
}
