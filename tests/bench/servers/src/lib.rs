//! Shared by the compared servers: the listener, and the constant responses of the baselines.

#![forbid(unsafe_code)]

use std::io::Write;
use std::net::{SocketAddr, TcpListener};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use socket2::{Domain, Socket, Type};

/// A response of the length of bantam's.
pub const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n\
    Server: bantam\r\nContent-Length: 13\r\n\r\nHello, World!";
/// The same with `Connection: close`.
pub const RESPONSE_CLOSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n\
    Server: bantam\r\nConnection: close\r\nContent-Length: 13\r\n\r\nHello, World!";

/// The length of an upload in bytes: 20 MB.
pub const UPLOAD: usize = 20 * 1024 * 1024;
/// How many bytes of an upload are received at once: 64 KB.
pub const PIECE: usize = 64 * 1024;

/// A row of [`json_in_gzip`].
#[derive(Serialize)]
struct Product {
    id: u32,
    name: String,
    price: f64,
    tags: [&'static str; 2],
}

/// JSON of 3 KB, made anew and compressed with level 1.
pub fn json_in_gzip() -> Vec<u8> {
    let products: Vec<_> = (0..40)
        .map(|id| Product {
            id,
            name: format!("Product number {id}"),
            price: f64::from(id) * 1.25,
            tags: ["garden", "sale"],
        })
        .collect();
    let text = serde_json::to_vec(&products).expect("JSON");
    let mut encoder = GzEncoder::new(Vec::with_capacity(1024), Compression::new(1));
    encoder.write_all(&text).and_then(|()| encoder.finish()).expect("memory")
}

/// Parses `ADDRESS [WORD]`.
pub fn arguments() -> (String, Option<String>) {
    let mut words = std::env::args().skip(1);
    (words.next().expect("an address to listen on"), words.next())
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
