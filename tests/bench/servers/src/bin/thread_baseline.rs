//! L1p: a thread for each connection, httparse, one route, and one write for each read. `thread_baseline ADDRESS`

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    let (address, _) = bench_servers::arguments();
    for client in bench_servers::listen(&address).incoming() {
        let client = client.expect("a client");
        std::thread::Builder::new().stack_size(512 * 1024).spawn(move || serve(client)).expect("a thread");
    }
}

fn serve(mut client: TcpStream) {
    let (mut memory, mut filled) = (vec![0; 8 * 1024], 0);
    let mut answers = Vec::with_capacity(16 * 1024);
    let (mut second, mut date) = (0, String::new());
    loop {
        match client.read(&mut memory[filled..]) {
            Ok(0) | Err(_) => return,
            Ok(count) => filled += count,
        }
        let mut used = 0;
        answers.clear();
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut request = httparse::Request::new(&mut headers);
            match request.parse(&memory[used..filled]) {
                Ok(httparse::Status::Complete(length)) => used += length,
                Ok(httparse::Status::Partial) => break,
                Err(_) => return,
            }
            let now = SystemTime::now();
            let since = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            if since != second {
                (second, date) = (since, httpdate::fmt_http_date(now));
            }
            let (status, body): (_, &[u8]) = match request.path {
                Some("/plaintext") => ("200 OK", b"Hello, World!"),
                _ => ("404 Not Found", b""),
            };
            for part in
                ["HTTP/1.1 ", status, "\r\nDate: ", &date, "\r\nContent-Type: text/plain\r\nServer: L1p\r\n"]
            {
                answers.extend_from_slice(part.as_bytes());
            }
            write!(answers, "Content-Length: {}\r\n\r\n", body.len()).expect("memory");
            answers.extend_from_slice(body);
        }
        if client.write_all(&answers).is_err() {
            return;
        }
        memory.copy_within(used..filled, 0);
        filled -= used;
    }
}
