//! Tests of `run_worker_through`.
//! Invariant: a layer sees every byte of a connection once and in order, and a connection has one layer.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bantam::{Buffers, Deadlines, ExchangeRecord, Phase, Transport};
use bantam_embedded::StreamLayer;
use bantam_embedded::embassy::{ServerPort, run_worker_through};
use embassy_net::tcp::TcpSocket;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::sim_net::{CLOSE, HOST, SimNet, TestSite, read_bytes_to_end};

/// Adds to each byte a number that grows with every byte, in each direction: a toy cipher.
struct Cipher;

struct Ciphered<T> {
    stream: T,
    received: u8,
    sent: u8,
    /// The last bytes are written.
    ended: bool,
}

/// What a connection that has not failed ends with.
const FAREWELL: &[u8] = b"farewell";

impl StreamLayer for Cipher {
    const IS_STATEFUL: bool = true;
    type Stream<T: Transport<Error = ErrorKind>> = Ciphered<T>;

    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> Ciphered<T> {
        Ciphered { stream, received: 0, sent: 0, ended: false }
    }
}

/// Subtracts the numbers from `position` on.
fn decipher(bytes: &mut [u8], position: u8) {
    for (byte, offset) in
        bytes.iter_mut().zip(0..=u8::MAX).map(|(byte, at)| (byte, at.wrapping_add(position)))
    {
        *byte = byte.wrapping_sub(offset);
    }
}

/// Adds the numbers from `position` on.
fn encipher(bytes: &[u8], position: u8) -> Vec<u8> {
    bytes.iter().zip(0..=u8::MAX).map(|(byte, at)| byte.wrapping_add(at.wrapping_add(position))).collect()
}

impl<T: ErrorType> ErrorType for Ciphered<T> {
    type Error = T::Error;
}

impl<T: Transport> Read for Ciphered<T> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, T::Error> {
        let part = memory.len().min(200);
        let count = self.stream.read(&mut memory[..part]).await?;
        decipher(&mut memory[..count], self.received);
        self.received = self.received.wrapping_add(count as u8);
        Ok(count)
    }
}

impl<T: Transport> Write for Ciphered<T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        let count = self.stream.write(&encipher(&bytes[..bytes.len().min(200)], self.sent)).await?;
        self.sent = self.sent.wrapping_add(count as u8);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        self.stream.flush().await
    }
}

impl<T: Transport> Transport for Ciphered<T> {
    fn enter(&mut self, phase: Phase) {
        self.stream.enter(phase);
    }

    async fn pause(&mut self, duration: Duration) {
        self.stream.pause(duration).await;
    }

    async fn shutdown_write(&mut self) -> Result<bool, T::Error> {
        if !std::mem::replace(&mut self.ended, true) {
            self.write(FAREWELL).await?;
        }
        self.stream.shutdown_write().await
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.stream.peer_addr()
    }

    fn keep_alive(&self) -> bool {
        self.stream.keep_alive()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.stream.on_response(record);
    }
}

/// Sends a request in pieces, each enciphered behind the last.
async fn send_enciphered(client: &mut TcpSocket<'_>, request: &[u8]) {
    client.abort();
    client.connect((HOST, 80)).await.expect("a worker listens");
    let mut position = 0u8;
    for piece in request.chunks(7) {
        client.write(&encipher(piece, position)).await.expect("the send buffer has space");
        client.flush().await.expect("the peer acknowledges");
        position = position.wrapping_add(piece.len() as u8);
    }
}

#[test]
fn requests_are_served_through_a_layer_whose_state_lasts_for_the_connection() {
    let port = ServerPort::<2>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker_through(&port, &mut socket, &Cipher, &TestSite, &mut buffers));
    for path in ["/", "/large", "/"] {
        let request = format!("GET /{CLOSE}").replacen('/', path, 1);
        let ((bytes, fin), _) = sim.run(&mut worker, async {
            send_enciphered(&mut client, request.as_bytes()).await;
            let received = read_bytes_to_end(&mut client).await;
            client.close();
            received
        });
        let mut text = Vec::new();
        for (piece, position) in bytes.chunks(100).zip((0..).map(|count: usize| (count * 100) as u8)) {
            let mut piece = piece.to_vec();
            decipher(&mut piece, position);
            text.extend(piece);
        }
        let text = String::from_utf8(text).expect("deciphered");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && fin, "{path}: {text}");
        assert_eq!(text.len() > 100_000, path == "/large");
        assert!(text.ends_with("farewell") && text.matches("farewell").count() == 1, "{path}: {text}");
    }
}

#[test]
fn a_layer_keeps_the_deadlines() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker_through(&port, &mut socket, &Cipher, &TestSite, &mut buffers));
    let ((mut bytes, _), seconds) = sim.run(&mut worker, async {
        send_enciphered(&mut client, b"GET / HT").await;
        read_bytes_to_end(&mut client).await
    });
    bytes.truncate(13);
    decipher(&mut bytes, 0);
    assert!(bytes == b"HTTP/1.1 408 " && seconds == 10, "{seconds} s: {}", String::from_utf8_lossy(&bytes));
}
