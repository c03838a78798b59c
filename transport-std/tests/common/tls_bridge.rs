//! A bridge from plain TCP to HTTPS: what is written for plain HTTP runs over TLS.
//!
//! Invariant: the end of a side, and no byte more or less, comes out on the other side.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::ClientConfig;
use rustls::client::ClientConnection;
use socket2::SockRef;

use super::tls_connector::connector;

/// What the sockets of the bridge hold of what the server sends.
const BUFFER: usize = 64 * 1024;

/// Listens, and carries each connection to `server` over TLS. Returns the address. Ends with the process.
pub(crate) fn bridge(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let config = connector(rustls::ALL_VERSIONS);
    thread::spawn(move || {
        for plain in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            thread::spawn(move || {
                if carry(&config, &plain, server).is_err() {
                    let _ = plain.shutdown(Shutdown::Both);
                }
            });
        }
    });
    address
}

fn carry(config: &Arc<ClientConfig>, plain: &TcpStream, server: SocketAddr) -> io::Result<()> {
    let mut socket = TcpStream::connect(server)?;
    socket.set_nodelay(true)?;
    plain.set_nodelay(true)?;
    // A write that blocks goes on when a third of the buffer is free: with those of the system, of megabytes, the server would see no
    // progress of a client that reads slowly.
    SockRef::from(&socket).set_recv_buffer_size(BUFFER)?;
    SockRef::from(plain).set_send_buffer_size(BUFFER)?;
    let name = "localhost".try_into().map_err(io::Error::other)?;
    let mut tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut socket)?;
    }
    let tls = Mutex::new(tls);
    thread::scope(|scope| {
        let up = scope.spawn(|| {
            let result = carry_up(&tls, plain, &socket);
            if result.is_err() {
                let _ = socket.shutdown(Shutdown::Both);
            }
            result
        });
        let down = carry_down(&tls, plain, &socket);
        if down.is_err() {
            let _ = plain.shutdown(Shutdown::Both);
        }
        up.join().expect("no panic").and(down)
    })
}

/// From the client to the server. Nothing is written under the lock: the other direction goes on meanwhile.
fn carry_up(tls: &Mutex<ClientConnection>, mut plain: &TcpStream, mut socket: &TcpStream) -> io::Result<()> {
    let mut memory = [0; 16 * 1024];
    loop {
        let count = plain.read(&mut memory)?;
        let mut records = Vec::new();
        {
            let mut tls = tls.lock().expect("no panic");
            match count {
                0 => tls.send_close_notify(),
                _ => tls.writer().write_all(&memory[..count])?,
            }
            while tls.wants_write() {
                tls.write_tls(&mut records)?;
            }
        }
        socket.write_all(&records)?;
        if count == 0 {
            return socket.shutdown(Shutdown::Write);
        }
    }
}

/// From the server to the client.
fn carry_down(
    tls: &Mutex<ClientConnection>,
    mut plain: &TcpStream,
    mut socket: &TcpStream,
) -> io::Result<()> {
    let mut memory = [0; 16 * 1024];
    loop {
        let count = socket.read(&mut memory)?;
        let (mut records, mut bytes, mut is_closed) = (&memory[..count], Vec::new(), count == 0);
        {
            let mut tls = tls.lock().expect("no panic");
            while !records.is_empty() {
                tls.read_tls(&mut records)?;
                is_closed |= tls.process_new_packets().map_err(io::Error::other)?.peer_has_closed();
                match tls.reader().read_to_end(&mut bytes) {
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                    _ => {}
                }
            }
        }
        plain.write_all(&bytes)?;
        if is_closed {
            return plain.shutdown(Shutdown::Write);
        }
    }
}
