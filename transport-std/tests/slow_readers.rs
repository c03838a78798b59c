//! Clients that take a response slowly.
//!
//! Invariant: the deadline of a response counts what the client takes, and not when the system reports the socket writable: that
//! is only when a third of its buffer is free, which may be more than a client takes in the time.

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::{TIMEOUT, get, latch, long_deadlines, start, unless_held_up, wait_until};
use socket2::{Domain, Socket, Type};

/// The deadline of the next 64 KB.
const DEADLINE: Duration = Duration::from_secs(2);
/// How much a client takes at once, ten times a second: 320 KB in the time of the deadline, and in all a seventh of what both sockets
/// hold: less than what makes the system report the server's writable.
const PIECE: usize = 16_000;
/// Twice 64 KB.
const PIECES_IN_TIME: usize = 9;
/// More than both sockets hold.
const BUFFERED: usize = 12_000_000;

/// Connects with a small receive buffer.
fn connect(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    // Loopback segments of 64 KB would move once in a while through a small buffer.
    #[cfg(unix)]
    socket.set_tcp_mss(1460).expect("an option");
    socket.set_recv_buffer_size(32 * 1024).expect("an option");
    socket.connect(&address.into()).expect("connected");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    socket.into()
}

/// Reads slowly for longer than the deadline, then quickly: more than what has been written by then. `None` if the machine held this
/// client up for so long that it took less than it wanted: that says nothing of the server.
fn reads_slowly(address: SocketAddr, path: &str) -> Option<()> {
    let mut client = connect(address);
    client.write_all(&get(path)).expect("sent");
    let (mut memory, start) = (vec![0; 64 * 1024], Instant::now());
    let mut taken_at = vec![start];
    let held_up = |taken_at: &[Instant]| {
        let first = taken_at.len().saturating_sub(PIECES_IN_TIME);
        taken_at[first].elapsed() > DEADLINE * 3 / 4
    };
    while start.elapsed() < 5 * DEADLINE / 2 {
        let count = client.read_exact(&mut memory[..PIECE]);
        if held_up(&taken_at) {
            return None;
        }
        count.expect("not cut off");
        taken_at.push(Instant::now());
        thread::sleep(Duration::from_millis(100));
    }
    let (mut rest, mut last) = (0, Instant::now());
    while rest < BUFFERED {
        let count = client.read(&mut memory);
        if last.elapsed() > DEADLINE * 3 / 4 {
            return None;
        }
        last = Instant::now();
        let count = count.expect("not reset");
        assert!(count > 0, "cut off after {rest} bytes more");
        rest += count;
    }
    Some(())
}

fn read_slowly(address: SocketAddr, path: &str) {
    unless_held_up(|| reads_slowly(address, path));
}

in_every_mode! {
fn a_slow_reader_is_served_while_it_takes_twice_a_piece_in_time(mode) {
    let deadlines = long_deadlines().response(DEADLINE);
    let (_server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    read_slowly(address, "/flood");
}

fn a_reader_of_a_few_bytes_now_and_then_is_cut_off(mode) {
    let deadlines = long_deadlines().response(Duration::from_millis(200));
    let (server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    let mut client = connect(address);
    client.write_all(&get("/flood")).unwrap();
    client.read_exact(&mut [0; 100]).unwrap();
    wait_until(|| {
        let _ = client.read(&mut [0]);
        server.handle().connections().open == 0
    });
}
}

#[cfg(feature = "files")]
mod files {
    use bantam_std::{ServeDir, Server};

    use super::*;

    in_every_mode! {
    fn a_slow_reader_of_a_file_is_served_while_it_takes_twice_a_piece_in_time(mode) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("large"), vec![b'x'; 2 * BUFFERED]).unwrap();
        let server = Server::new().mode(mode).deadlines(long_deadlines().response(DEADLINE));
        let site = ServeDir::open(dir.path()).unwrap();
        let server = server.bind("127.0.0.1:0").unwrap().start(site).unwrap();
        read_slowly(server.local_addrs()[0], "/large");
    }
    }
}
