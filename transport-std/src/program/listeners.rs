//! The listeners of the program: --bind, sockets that systemd passes, or the default address.

use std::io;
use std::path::Path;

use bantam_std::Server;
use listenfd::ListenFd;

#[cfg(unix)]
use crate::access;
use crate::values::FileMode;

const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// Adds the listeners to a server.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn open(server: Server, bind: &[String], mode: Option<FileMode>) -> Result<Server, String> {
    #[cfg(unix)]
    let bind_unix = |server: Server, path: &Path| match mode {
        Some(FileMode(mode)) => server.bind_unix_with_mode(path, mode),
        None => server.bind_unix(path),
    };
    #[cfg(not(unix))]
    let bind_unix = |_: Server, _: &Path| {
        let _ = mode;
        Err(io::ErrorKind::Unsupported.into())
    };
    add(server, bind, bind_unix)
}

/// Does what [`open`] does, but for the files of Unix sockets, of which none is made or replaced.
///
/// # Errors
/// Those of [`open`].
pub(crate) fn check(server: Server, bind: &[String]) -> Result<Server, String> {
    #[cfg(unix)]
    let check_unix = |server: Server, path: &Path| {
        Server::check_unix(path)?;
        access::create_beside(path).map(|()| server)
    };
    #[cfg(not(unix))]
    let check_unix = |_: Server, _: &Path| Err(io::ErrorKind::Unsupported.into());
    add(server, bind, check_unix)
}

fn add(
    mut server: Server,
    bind: &[String],
    bind_unix: impl Fn(Server, &Path) -> io::Result<Server>,
) -> Result<Server, String> {
    // The sockets that systemd passes (sd_listen_fds(3)).
    let mut inherited = ListenFd::from_env();
    let default = (bind.is_empty() && inherited.len() == 0).then_some(DEFAULT_ADDRESS);
    for number in 0..inherited.len() {
        // Leaves a socket of another type in its place.
        #[cfg(unix)]
        if let Ok(Some(listener)) = inherited.take_unix_listener(number) {
            server = server.unix_listener(listener);
            continue;
        }
        server = match inherited.take_tcp_listener(number) {
            Ok(Some(listener)) => server.listener(listener),
            Ok(None) => return Err(format!("inherited socket {number} is already taken")),
            Err(error) => return Err(format!("cannot use inherited socket {number}: {error}")),
        };
    }
    for address in bind.iter().map(String::as_str).chain(default) {
        let bound = match unix_path(address) {
            Some(path) => bind_unix(server, path),
            None => server.bind(address),
        };
        server = bound.map_err(|error| bind_error("--bind", address, &error))?;
    }
    Ok(server)
}

/// Returns an error for an address that is given twice.
pub(crate) fn check_distinct(bind: &[String]) -> Result<(), String> {
    let twice =
        (1..).zip(bind).find_map(|(next, address)| bind.iter().skip(next).find(|later| *later == address));
    twice.map_or(Ok(()), |address| Err(format!("--bind: {address} is given twice")))
}

/// Returns the path in `unix:PATH`.
pub(crate) fn unix_path(address: &str) -> Option<&Path> {
    address.strip_prefix("unix:").map(Path::new)
}

/// The sentence for the user about an address of `flag` that cannot be bound.
pub(crate) fn bind_error(flag: &str, address: &str, error: &io::Error) -> String {
    // The error of the library says more than its kind.
    let has_text = error.get_ref().is_some();
    match error.kind() {
        io::ErrorKind::AddrInUse if unix_path(address).is_some() => {
            format!("{address} is taken: a process listens on it, or it is not a socket")
        }
        io::ErrorKind::AddrInUse if has_text => format!("{address} is taken: {error}"),
        io::ErrorKind::AddrInUse if flag == "--bind" => {
            format!("{address} is taken by another program; try another --bind")
        }
        io::ErrorKind::AddrInUse => {
            format!("{address} is taken by another program or by --bind; try another {flag}")
        }
        io::ErrorKind::AddrNotAvailable => format!("{address} is not an address of this machine"),
        io::ErrorKind::PermissionDenied => format!("{address} needs privileges that this user does not have"),
        io::ErrorKind::InvalidInput if unix_path(address).is_none() => {
            format!("{address} is not ADDRESS:PORT")
        }
        _ => format!("cannot listen on {address}: {error}"),
    }
}
