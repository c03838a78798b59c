//! The listeners of the program: --bind, sockets that systemd passes, or the default address.

use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::path::Path;

use bantam_std::Server;
use listenfd::ListenFd;

const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// Adds the listeners to a server.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn open(mut server: Server, bind: &[String]) -> Result<Server, String> {
    let inherited = inherited_sockets()?;
    let default = (bind.is_empty() && inherited.is_empty()).then_some(DEFAULT_ADDRESS);
    for listener in inherited {
        server = match listener {
            InheritedSocket::Tcp(listener) => server.listener(listener),
            #[cfg(unix)]
            InheritedSocket::Unix(listener) => server.unix_listener(listener),
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

/// A listening socket that a supervisor opened.
enum InheritedSocket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// Takes the sockets that systemd passes (sd_listen_fds(3)).
fn inherited_sockets() -> Result<Vec<InheritedSocket>, String> {
    let mut descriptors = ListenFd::from_env();
    (0..descriptors.len())
        .map(|number| {
            // Leaves a socket of another type in its place.
            #[cfg(unix)]
            if let Ok(Some(listener)) = descriptors.take_unix_listener(number) {
                return Ok(InheritedSocket::Unix(listener));
            }
            match descriptors.take_tcp_listener(number) {
                Ok(Some(listener)) => Ok(InheritedSocket::Tcp(listener)),
                Ok(None) => Err(format!("inherited socket {number} is already taken")),
                Err(error) => Err(format!("cannot use inherited socket {number}: {error}")),
            }
        })
        .collect()
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
