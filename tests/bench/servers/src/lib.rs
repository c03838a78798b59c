//! Shared by the compared servers: the listener, and the constant responses of the baselines.

#![forbid(unsafe_code)]

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// A response of the length of bantam's.
pub const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n\
    Server: bantam\r\nContent-Length: 13\r\n\r\nHello, World!";
/// The same with `Connection: close`.
pub const RESPONSE_CLOSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n\
    Server: bantam\r\nConnection: close\r\nContent-Length: 13\r\n\r\nHello, World!";

/// Parses `ADDRESS [WORD]`. Returns the address, and true if there is a word.
pub fn arguments() -> (String, bool) {
    let mut words = std::env::args().skip(1);
    let address = words.next().expect("an address to listen on");
    (address, words.next().is_some())
}

/// A listener with the socket options of bantam.
pub fn listen(address: &str) -> TcpListener {
    let address: SocketAddr = address.parse().expect("ADDRESS:PORT");
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("the address again");
    socket.set_reuse_port(true).expect("a queue for each worker");
    socket.set_tcp_nodelay(true).expect("no delay");
    socket.bind(&address.into()).expect("a free address");
    socket.listen(1024).expect("a listener");
    socket.into()
}
