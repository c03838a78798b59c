//! Law: the program listens where it was told to, else where its supervisor does already, else on port 8080 of this machine
//! alone.

use std::io;
use std::net::TcpListener;

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
        server = server.listener(listener);
    }
    for address in bind.iter().map(String::as_str).chain(default) {
        server = server.bind(address).map_err(|error| reason(address, &error))?;
    }
    Ok(server)
}

/// What systemd has opened for us (sd_listen_fds(3)).
fn handed_over() -> Result<Vec<TcpListener>, String> {
    let mut descriptors = ListenFd::from_env();
    (0..descriptors.len())
        .map(|number| match descriptors.take_tcp_listener(number) {
            Ok(Some(listener)) => Ok(listener),
            Ok(None) => Err(format!("the socket {number} that was handed over is gone")),
            Err(error) => Err(format!("the socket {number} that was handed over is of no use: {error}")),
        })
        .collect()
}

/// Why an address cannot be listened to.
pub(crate) fn reason(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken by another program; try another --bind"),
        io::ErrorKind::AddrNotAvailable => format!("{address} is not an address of this machine"),
        io::ErrorKind::PermissionDenied => format!("{address} needs rights that this user has not"),
        io::ErrorKind::InvalidInput => format!("{address} is not ADDRESS:PORT"),
        _ => format!("cannot listen on {address}: {error}"),
    }
}
