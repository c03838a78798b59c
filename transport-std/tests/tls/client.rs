//! A client of HTTPS that trusts every certificate.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::client::ClientConnection;
use rustls::{ClientConfig, StreamOwned};

use crate::common::connect;
pub(crate) use crate::common::tls_connector::connector;

pub(crate) struct Client {
    pub(crate) tls: StreamOwned<ClientConnection, TcpStream>,
}

impl Client {
    pub(crate) fn new(connector: &Arc<ClientConfig>, address: SocketAddr) -> Self {
        Self::over(connector, connect(address))
    }

    pub(crate) fn over(connector: &Arc<ClientConfig>, socket: TcpStream) -> Self {
        Self::named("localhost", connector, socket)
    }

    /// Asks for the certificate of this name.
    pub(crate) fn named(name: &'static str, connector: &Arc<ClientConfig>, socket: TcpStream) -> Self {
        let name = name.try_into().expect("a name");
        let connection = ClientConnection::new(Arc::clone(connector), name).expect("a client");
        let mut client = Self { tls: StreamOwned::new(connection, socket) };
        client.tls.flush().expect("a handshake");
        while client.tls.conn.is_handshaking() {
            client.tls.conn.complete_io(&mut client.tls.sock).expect("a handshake");
        }
        client
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) {
        self.tls.write_all(bytes).expect("sent");
        self.tls.flush().expect("sent");
    }

    pub(crate) fn close_notify(&mut self) {
        self.tls.conn.send_close_notify();
        self.tls.flush().expect("sent");
    }

    /// Reads a response with a Content-Length.
    pub(crate) fn read_response(&mut self) -> String {
        let mut text = read_head(&mut self.tls);
        let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
        let mut body = vec![0; length.parse().expect("a number")];
        self.tls.read_exact(&mut body).expect("a body");
        text.push_str(&String::from_utf8_lossy(&body));
        text
    }

    /// Reads until the server ends its side.
    pub(crate) fn read_to_end(&mut self) -> String {
        let mut bytes = Vec::new();
        self.tls.read_to_end(&mut bytes).expect("close_notify in time");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The certificate of the server, DER.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.tls.conn.peer_certificates().expect("a certificate")[0].to_vec()
    }

    pub(crate) fn has_close_notify(&mut self) -> bool {
        self.tls.conn.process_new_packets().expect("records").peer_has_closed()
    }
}

/// Reads the head of a response, with its empty line.
pub(crate) fn read_head(stream: &mut impl Read) -> String {
    let (mut text, mut byte) = (String::new(), [0]);
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a head");
        text.push(char::from(byte[0]));
    }
    text
}
