//! Connections that stay idle after one response, until the end of the input. `idle_clients ADDRESS COUNT`

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let mut words = std::env::args().skip(1);
    let address = words.next().expect("an address");
    let count: usize = words.next().and_then(|word| word.parse().ok()).expect("how many");
    let mut memory = [0; 4096];
    let all: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut client = TcpStream::connect(&address).expect("connected");
            client.write_all(b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").expect("asked");
            assert!(client.read(&mut memory).expect("answered") > 0, "closed");
            client
        })
        .collect();
    println!("{} are there", all.len());
    let _ = std::io::stdin().read(&mut memory);
}
