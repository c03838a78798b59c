//! recv(2) and send(2) by the system's call alone: what std calls is a cancellation point of libc, which costs 30 instructions more in a
//! process with threads.

use std::io;

#[cfg(not(all(feature = "files", target_os = "linux")))]
use std::io::{Read as _, Write as _};

use mio::net::TcpStream;

/// Reads once.
///
/// # Errors
/// Those of a read.
#[cfg(all(feature = "files", target_os = "linux"))]
pub(crate) fn recv(socket: &TcpStream, memory: &mut [u8]) -> io::Result<usize> {
    let (count, _) = rustix::net::recv(socket, memory, rustix::net::RecvFlags::empty())?;
    Ok(count)
}

/// Writes once.
///
/// # Errors
/// Those of a write.
#[cfg(all(feature = "files", target_os = "linux"))]
pub(crate) fn send(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(socket, bytes, rustix::net::SendFlags::NOSIGNAL)?)
}

#[cfg(not(all(feature = "files", target_os = "linux")))]
pub(crate) fn recv(mut socket: &TcpStream, memory: &mut [u8]) -> io::Result<usize> {
    socket.read(memory)
}

#[cfg(not(all(feature = "files", target_os = "linux")))]
pub(crate) fn send(mut socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    socket.write(bytes)
}
