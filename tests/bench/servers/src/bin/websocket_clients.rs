//! 1,000 WebSocket clients, each with one binary message of 125 bytes under way. Prints the messages that came back, their number a second, and
//! the median and the 99th percentile of the time that each took, in microseconds. `websocket_clients ADDRESS SECONDS`

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CLIENTS: usize = 1_000;
const LENGTH: usize = 125;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Opens a connection.
async fn open(address: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(REQUEST).await?;
    let (mut head, mut length) = ([0; 1024], 0);
    while !head[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut head[length..]).await? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => length += count,
        }
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head[..length]));
    Ok(stream)
}

/// Sends messages until the time is over.
async fn converse(mut stream: TcpStream, key: u8, until: Rc<Cell<Instant>>, times: Rc<RefCell<Vec<u32>>>) {
    let mut frame = vec![0x82, 0x80 | LENGTH as u8, key, key ^ 0x55, 7, 9];
    let payload: Vec<u8> = (0..LENGTH).map(|at| at as u8).collect();
    let mask: [u8; 4] = frame[2..].try_into().expect("four bytes");
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    let mut answer = [0; 2 + LENGTH];
    loop {
        let started = Instant::now();
        if started >= until.get() {
            return;
        }
        stream.write_all(&frame).await.expect("sent");
        stream.read_exact(&mut answer).await.expect("an answer");
        assert!(answer[..2] == [0x82, LENGTH as u8] && answer[2..] == payload);
        times.borrow_mut().push(started.elapsed().as_micros() as u32);
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let address = words.next().expect("an address");
    let seconds: u64 = words.next().and_then(|word| word.parse().ok()).expect("how many seconds");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut streams = Vec::new();
        for _ in 0..CLIENTS {
            streams.push(open(&address).await.expect("a connection"));
        }
        let started = Instant::now();
        let until = Rc::new(Cell::new(started + Duration::from_secs(seconds)));
        let times = Rc::new(RefCell::new(Vec::new()));
        let clients: Vec<_> = streams
            .into_iter()
            .enumerate()
            .map(|(at, stream)| {
                tokio::task::spawn_local(converse(stream, at as u8, until.clone(), times.clone()))
            })
            .collect();
        for client in clients {
            client.await.expect("no panic");
        }
        let mut times = times.take();
        times.sort_unstable();
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        let rate = times.len() as f64 / started.elapsed().as_secs_f64();
        println!("{} {rate:.0} {} {}", times.len(), at(50), at(99));
    });
}
