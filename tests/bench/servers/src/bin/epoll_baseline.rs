//! L2: one epoll loop, a constant response for each blank line, and one write for each read.
//! `epoll_baseline ADDRESS [close | ten]`: closes behind each response, or behind the tenth of a connection.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use bench_servers::{RESPONSE, RESPONSE_CLOSE, listen};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::net::{SocketFlags, accept_with};

fn main() {
    let (address, word) = bench_servers::arguments();
    let last = match word.as_deref() {
        Some("close") => 1,
        Some("ten") => 10,
        _ => usize::MAX,
    };
    let listener = listen(&address);
    listener.set_nonblocking(true).expect("a listener that does not block");
    let poll = epoll::create(CreateFlags::CLOEXEC).expect("epoll");
    epoll::add(&poll, &listener, EventData::new_u64(u64::MAX), EventFlags::IN).expect("watched");
    let mut clients: HashMap<u64, (TcpStream, usize)> = HashMap::new();
    let mut events = Vec::with_capacity(512);
    let (mut memory, mut answers) = ([0; 16 * 1024], Vec::new());
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
            let Some((client, answered)) = clients.get_mut(&key) else { continue };
            let ended = match client.read(&mut memory) {
                Ok(0) => true,
                Ok(count) => {
                    let requests = memchr::memmem::find_iter(&memory[..count], b"\r\n\r\n").count();
                    answers.clear();
                    *answered += requests;
                    let one = if *answered < last { RESPONSE } else { RESPONSE_CLOSE };
                    (0..requests).for_each(|_| answers.extend_from_slice(one));
                    client.write_all(&answers).is_err() || *answered >= last
                }
                Err(error) => error.kind() != ErrorKind::WouldBlock,
            };
            if ended {
                clients.remove(&key);
            }
        }
    }
}
