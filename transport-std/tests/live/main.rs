//! Pages that wait for something of their own, in every mode: server-sent events, WebSocket, watches and pauses.
//!
//! Invariant: a page that waits ends with its peer and with the server, and leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
mod memory;
mod site;
mod sockets;
mod streams;
mod waits;

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering;

use bantam_std::{Mode, RunningServer, Server};

use common::{long_deadlines, wait_until};
use site::{Live, Topic};

/// A server with more threads than a test has streams.
struct Started {
    server: RunningServer,
    address: SocketAddr,
    topic: &'static Topic,
}

impl Started {
    fn new(mode: Mode, adapt: impl FnOnce(Server) -> Server) -> Self {
        let topic: &Topic = Box::leak(Box::default());
        let server = Server::new().mode(mode).deadlines(long_deadlines()).workers(4);
        let server = adapt(server).bind("127.0.0.1:0").unwrap().start(Live(topic)).unwrap();
        let address = server.local_addrs()[0];
        Self { server, address, topic }
    }

    /// Waits until so many pages wait.
    fn wait_for(&self, pages: usize) {
        wait_until(|| self.topic.waiting.load(Ordering::SeqCst) == pages);
    }

    /// Waits until no connection is open: no page waits then.
    fn wait_for_none(&self) {
        wait_until(|| self.server.handle().connections().open == 0);
        assert_eq!(self.topic.waiting.load(Ordering::SeqCst), 0);
    }
}

/// Reads up to this text.
fn read_until(client: &mut TcpStream, end: &[u8]) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(end) {
        client.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Resets the connection.
fn reset(client: TcpStream) {
    let socket = socket2::Socket::from(client);
    socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
}
