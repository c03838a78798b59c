//! Law: the program listens where it was told to, else where its supervisor does already, else on port 8080 of this machine
//! alone.

use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::path::Path;

use bantam_std::Server;
use listenfd::ListenFd;

const DEFAULT: &str = "127.0.0.1:8080";

/// Gives the server its listeners.
///
/// # Errors
/// One sentence on what cannot be listened to.
pub(crate) fn open(mut server: Server, bind: &[String]) -> Result<Server, String> {
    let handed_over = handed_over()?;
    let default = (bind.is_empty() && handed_over.is_empty()).then_some(DEFAULT);
    for listener in handed_over {
        server = match listener {
            HandedOver::Tcp(listener) => server.listener(listener),
            #[cfg(unix)]
            HandedOver::Unix(listener) => server.unix_listener(listener),
        };
    }
    for place in bind.iter().map(String::as_str).chain(default) {
        let bound = match path(place) {
            #[cfg(unix)]
            Some(path) => server.bind_unix(path),
            #[cfg(not(unix))]
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
            None => server.bind(place),
        };
        server = bound.map_err(|error| reason(place, &error))?;
    }
    Ok(server)
}

/// The path of a Unix socket, where that is what is named.
pub(crate) fn path(place: &str) -> Option<&Path> {
    place.strip_prefix("unix:").map(Path::new)
}

/// A socket that somebody else listens to for us.
enum HandedOver {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// What systemd has opened for us (sd_listen_fds(3)).
fn handed_over() -> Result<Vec<HandedOver>, String> {
    let mut descriptors = ListenFd::from_env();
    (0..descriptors.len())
        .map(|number| {
            // It stays where it is until it turns out to be what is asked for.
            #[cfg(unix)]
            if let Ok(Some(listener)) = descriptors.take_unix_listener(number) {
                return Ok(HandedOver::Unix(listener));
            }
            match descriptors.take_tcp_listener(number) {
                Ok(Some(listener)) => Ok(HandedOver::Tcp(listener)),
                Ok(None) => Err(format!("the socket {number} that was handed over is gone")),
                Err(error) => Err(format!("the socket {number} that was handed over is of no use: {error}")),
            }
        })
        .collect()
}

/// Why an address cannot be listened to.
pub(crate) fn reason(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse if path(address).is_some() => {
            format!("{address} is taken: somebody listens there, or it is another file")
        }
        io::ErrorKind::AddrInUse => format!("{address} is taken by another program; try another --bind"),
        io::ErrorKind::AddrNotAvailable => format!("{address} is not an address of this machine"),
        io::ErrorKind::PermissionDenied => format!("{address} needs rights that this user has not"),
        io::ErrorKind::InvalidInput => format!("{address} is not ADDRESS:PORT"),
        _ => format!("cannot listen on {address}: {error}"),
    }
}
