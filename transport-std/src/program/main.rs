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
mod error_page;
mod header_tables;
mod headers;
mod layer;
mod limit_args;
mod listeners;
mod merge;
mod needed_paths;
mod origins;
mod output;
mod path_glob;
mod proxy_args;
mod redirect;
mod sandbox;
mod setting;
mod settings;
mod shutdown;
mod site;
mod startup;
mod telemetry;
mod tls_args;
mod upload_args;
mod values;

use std::io;
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use args::Args;
use bantam::{Or, Site};
use bantam_std::{PreparedServer, RunningServer, Server, Tls};
use clap::CommandFactory as _;
use clap_mangen::Man;
use log::{info, warn};
use needed_paths::needed_paths;
use redirect::RedirectSite;
use shutdown::StopDeadline;
use telemetry::{HealthSite, NoObserver, Sink, Telemetry};

/// How long the last lines of the logs may take after the last connection, within the deadline of the stop.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);
/// How long the very last ones may take in any case: the thread that writes them has to come to run on a loaded machine, or an error of the
/// start would be an exit code without its sentence.
const LAST_FLUSH: Duration = Duration::from_secs(2);

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
    let serves = !args.hash_password && !args.man && args.completions.is_none();
    if serves && let Err(message) = args.check_together() {
        setting::invalid(&message).exit();
    }
    let stderr = match args.telemetry.init_logger() {
        Ok(stderr) => stderr,
        Err(error) => return exit_code(Err(signal_error(&error))),
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
    // `run` has started it, if it came to that.
    if let Err(error) = stderr.start() {
        return exit_code(Err(format!("cannot start a thread: {error}")));
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
    let (site, compress) = args.files.site()?;
    let tls = args.tls.load(&args.bind)?;
    let server = listeners::open(server(args, tls.clone()), &args.bind, args.unix_mode)?;
    let server = server.observer(telemetry.clone());
    let redirect = bind_redirect(args)?.map(|server| server.observer(telemetry.clone()));
    let health = bind_health_server(args, tls.as_ref())?;
    let signals = shutdown::catch_signals().map_err(|error| signal_error(&error))?;
    // What follows opens no address and starts the threads, which inherit what this one has given up.
    let server = server.prepare().map_err(start_error)?;
    let redirect = redirect.map(Server::prepare).transpose().map_err(start_error)?;
    let health = health.map(Server::prepare).transpose().map_err(start_error)?;
    let browser = args.startup.browser(args.sandbox.stays_root())?;
    let _sandbox = args.sandbox.give_up(needed_paths(args))?;
    telemetry.start()?;
    let health = health.map(|server| start_health_server(server, &telemetry)).transpose()?.flatten();
    let layer = args.layer(compress, &telemetry)?;
    let server = server.start(site.layer(layer)).map_err(start_error)?;
    telemetry.status.attach(server.handle(), args.mode_name(), tls.clone());
    args.files.upload.warn_if_open(args.auth.has_users(), server.local_addrs().iter().copied());
    args.files.upload.clean(args.files.root())?;
    if let Some(redirect) = redirect {
        let site = Some(RedirectSite { port: redirect::target(&server)? });
        let running = redirect.start(side_site(None, site)).map_err(start_error)?;
        running.local_addrs().iter().for_each(|address| info!("http://{address}/ redirects to HTTPS"));
    }
    if let Some(tls) = &tls {
        args.tls.watch(tls).map_err(|error| format!("cannot start a thread: {error}"))?;
        info!("SHA-256 fingerprint of the certificate: {}", tls.fingerprint());
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    let deadline = StopDeadline::default();
    let plan = shutdown::ShutdownPlan {
        status: Arc::clone(&telemetry.status),
        drain: args.drain,
        grace: args.timeout_stop,
        deadline: deadline.clone(),
    };
    let handle = server.handle();
    let stop = move |_: &String| handle.shutdown(Duration::ZERO);
    let print_error = shutdown::spawn_signal_thread(server.handle(), plan, &telemetry, tls, reload, signals)
        .map_err(|error| signal_error(&error))
        .and_then(|()| {
            let text = args.startup.announce(&server, scheme, args.files.prefix(), browser);
            output::print_in_background(text, stop.clone())
        })
        .inspect_err(stop);
    for address in health.iter().flat_map(RunningServer::local_addrs) {
        let scheme = if args.telemetry.metrics_tls { "https" } else { "http" };
        info!("status page at {scheme}://{address}/-/status");
        info!("metrics at {scheme}://{address}/metrics");
    }
    let handle = server.handle();
    match server.wait() {
        0 => info!("stopped"),
        aborted => warn!("stopped: {aborted} connections were aborted"),
    }
    if let Some(health) = health {
        // The streams of the status page end whole.
        health.handle().shutdown(LAST_FLUSH);
        health.wait();
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

/// The server of the site, without listeners.
fn server(args: &Args, tls: Option<Tls>) -> Server {
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
    server = args.limits.apply(server);
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    if let Some(size) = args.max_head {
        server = server.max_head(usize::try_from(size.0).unwrap_or(usize::MAX));
    }
    server
}

fn start_error(error: io::Error) -> String {
    format!("cannot start: {error}")
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
    args.files.site()?;
    let tls = args.tls.load(&args.bind)?;
    let _listeners = listeners::check(server(args, tls.clone()), &args.bind)?;
    let addresses = args.bind.iter().filter_map(|address| address.to_socket_addrs().ok()).flatten();
    args.files.upload.warn_if_open(args.auth.has_users(), addresses);
    let _redirect = bind_redirect(args)?;
    let _health = bind_health_server(args, tls.as_ref())?;
    args.sandbox.check()?;
    output::print(b"the settings are valid\n")
}

/// Binds the address of --metrics.
fn bind_health_server(args: &Args, tls: Option<&Tls>) -> Result<Option<Server>, String> {
    let Some(address) = &args.telemetry.metrics else { return Ok(None) };
    let mut server = HealthSite::server().observer(NoObserver);
    if let Some(tls) = tls.filter(|_| args.telemetry.metrics_tls) {
        server = server.tls(tls.clone());
    }
    let bound = server.bind(address).map_err(|error| listeners::bind_error("--metrics", address, &error));
    bound.map(Some)
}

/// Binds the address of --redirect-http.
fn bind_redirect(args: &Args) -> Result<Option<Server>, String> {
    let server = || Server::new().workers(1).max_connections(1024).deadlines(args.deadlines());
    args.tls.redirect_http.as_ref().map(|address| redirect::bind(address, server())).transpose()
}

/// The site of --metrics or of --redirect-http. One type for both: a site is compiled for each mode.
fn side_site(
    health: Option<HealthSite>,
    redirect: Option<RedirectSite>,
) -> Or<Option<HealthSite>, Option<RedirectSite>> {
    Site::or(health, redirect)
}

/// Starts the server of --metrics.
fn start_health_server(
    server: PreparedServer,
    telemetry: &Telemetry,
) -> Result<Option<RunningServer>, String> {
    let Some(metrics) = &telemetry.metrics else { return Ok(None) };
    let site = Some(HealthSite::new(metrics.clone(), telemetry.status.clone()));
    server.start(side_site(site, None)).map(Some).map_err(start_error)
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
