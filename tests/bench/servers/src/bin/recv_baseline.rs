//! The bare recv loop: one epoll loop that counts the bytes of uploads of a known length, and answers each with a constant.
//! `recv_baseline ADDRESS`

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use bench_servers::{PIECE, RESPONSE, UPLOAD, listen};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::net::{SocketFlags, accept_with};

/// A client, and how many bytes of its upload are missing; 0 before a head.
type Client = (TcpStream, usize);

fn main() {
    let (address, _) = bench_servers::arguments();
    let listener = listen(&address);
    listener.set_nonblocking(true).expect("a listener that does not block");
    let poll = epoll::create(CreateFlags::CLOEXEC).expect("epoll");
    epoll::add(&poll, &listener, EventData::new_u64(u64::MAX), EventFlags::IN).expect("watched");
    let mut clients: HashMap<u64, Client> = HashMap::new();
    let (mut events, mut memory) = (Vec::with_capacity(512), vec![0; PIECE]);
    loop {
        events.clear();
        // A signal or strace may interrupt the call.
        let _ = epoll::wait(&poll, spare_capacity(&mut events), None);
        for event in &events {
            let key = event.data.u64();
            if key == u64::MAX {
                let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
                if let Ok(client) = accept_with(&listener, flags).map(TcpStream::from) {
                    let key = client.as_raw_fd() as u64;
                    epoll::add(&poll, &client, EventData::new_u64(key), EventFlags::IN).expect("watched");
                    clients.insert(key, (client, 0));
                }
                continue;
            }
            if clients.get_mut(&key).is_some_and(|client| receive(client, &mut memory)) {
                clients.remove(&key);
            }
        }
    }
}

/// Reads once, and answers at the end of an upload. Returns true if the client is gone.
fn receive((socket, missing): &mut Client, memory: &mut [u8]) -> bool {
    let count = match socket.read(memory) {
        Ok(0) => return true,
        Ok(count) => count,
        Err(error) => return error.kind() != ErrorKind::WouldBlock,
    };
    if *missing > 0 {
        *missing -= count;
    } else {
        // The head comes in one piece.
        let head = memchr::memmem::find(&memory[..count], b"\r\n\r\n").expect("a head") + 4;
        if memory.starts_with(b"GET ") {
            return socket.write_all(RESPONSE).is_err();
        }
        *missing = UPLOAD - (count - head);
    }
    *missing == 0 && socket.write_all(RESPONSE).is_err()
}
