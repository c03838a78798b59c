//! Law: a client of the desktop server says everything, ends its side, and hears everything.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use bantam_std::{Mode, Server};
use bantam_www::Www;

/// A server that runs for as long as its test; where.
pub(crate) fn start(mode: Mode) -> SocketAddr {
    let server = Server::new().mode(mode).bind("127.0.0.1:0").expect("a free port");
    server.start(Www).expect("threads").local_addrs()[0]
}

/// What the server answers to who says this.
pub(crate) fn hear(server: SocketAddr, said: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    // A server that has refused the beginning may have gone before the end was said.
    let _ = stream.write_all(said);
    let _ = stream.shutdown(Shutdown::Write);
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).expect("an end in time");
    heard
}
