//! A client of the desktop server that sends everything, shuts down its side, and reads everything.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use bantam_std::{Mode, Server};
use bantam_www::Www;

/// Starts a server that runs until the test ends; returns its address.
pub(crate) fn start(mode: Mode) -> SocketAddr {
    let server = Server::new().mode(mode).bind("127.0.0.1:0").expect("a free port");
    server.start(Www::new()).expect("threads").local_addrs()[0]
}

/// Sends bytes, and returns all response bytes.
pub(crate) fn exchange(server: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    // A server that has refused the beginning may close before the rest is sent.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("an end in time");
    received
}
