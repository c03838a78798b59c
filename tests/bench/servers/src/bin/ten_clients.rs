//! 64 clients that make ten requests on each connection, and ask with the last one to close it. Prints the number of answers,
//! and of answers a second. `ten_clients ADDRESS SECONDS`

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const LAST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
const CLIENTS: usize = 64;
const REQUESTS: u64 = 10;

fn main() {
    let mut words = std::env::args().skip(1);
    let address = words.next().expect("an address");
    let seconds: u64 = words.next().and_then(|word| word.parse().ok()).expect("how many seconds");
    let (started, limit) = (Instant::now(), Duration::from_secs(seconds));
    let count: u64 = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let address = &address;
                scope.spawn(move || {
                    let mut count = 0;
                    while started.elapsed() < limit {
                        converse(address).expect("ten answers, and the end");
                        count += REQUESTS;
                    }
                    count
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).sum()
    });
    println!("{count} {}", count as f64 / started.elapsed().as_secs_f64());
}

fn converse(address: &str) -> io::Result<()> {
    let (mut client, mut memory) = (TcpStream::connect(address)?, [0; 1024]);
    client.set_nodelay(true)?;
    for number in 1..=REQUESTS {
        client.write_all(if number == REQUESTS { LAST } else { REQUEST })?;
        let mut length = 0;
        while !memory[..length].ends_with(b"Hello, World!") {
            match client.read(&mut memory[length..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => length += count,
            }
        }
    }
    match client.read(&mut memory)? {
        0 => Ok(()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
