//! The listeners of the program: --bind, sockets that systemd passes, or the default address.

use std::io;
use std::path::Path;

use bantam_std::Server;
use listenfd::ListenFd;

const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// Adds the listeners to a server.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn open(mut server: Server, bind: &[String]) -> Result<Server, String> {
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
            #[cfg(unix)]
            Some(path) => server.bind_unix(path),
            #[cfg(not(unix))]
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
            None => server.bind(address),
        };
        server = bound.map_err(|error| bind_error(address, &error))?;
    }
    Ok(server)
}

/// Returns the path in `unix:PATH`.
pub(crate) fn unix_path(address: &str) -> Option<&Path> {
    address.strip_prefix("unix:").map(Path::new)
}

/// The sentence for the user about an address that cannot be bound.
pub(crate) fn bind_error(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse if unix_path(address).is_some() => {
            format!("{address} is taken: a process listens on it, or it is not a socket")
        }
        io::ErrorKind::AddrInUse => format!("{address} is taken by another program; try another --bind"),
        io::ErrorKind::AddrNotAvailable => format!("{address} is not an address of this machine"),
        io::ErrorKind::PermissionDenied => format!("{address} needs privileges that this user does not have"),
        io::ErrorKind::InvalidInput => format!("{address} is not ADDRESS:PORT"),
        _ => format!("cannot listen on {address}: {error}"),
    }
}
