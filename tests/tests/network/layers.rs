//! Tests of layers between the sockets and the server.
//! Invariant: a layer sees every byte of both directions once, and in order.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;

use bantam::{ExchangeRecord, Phase, Transport};
use bantam_embedded::StreamLayer;
use bantam_tests::net::Faults;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::sim_net::{NO_FAULTS, SLOTS, all_listen, get, post, responses, run, run_through};

/// The work of a layer on the bytes of a connection.
trait Work {
    /// Changes bytes that have been received.
    fn received(&mut self, peer: Option<SocketAddr>, bytes: &mut [u8]);
    /// Returns what is written instead of `bytes`.
    fn to_send(&mut self, bytes: &[u8]) -> Vec<u8>;
    /// The first `count` of these bytes are written.
    fn sent(&mut self, peer: Option<SocketAddr>, bytes: &[u8], count: usize);
    /// Returns what is written at the end of the connection.
    fn last_bytes(&mut self) -> &'static [u8] {
        b""
    }
}

/// A stream with work on its bytes.
struct Worked<T, W> {
    stream: T,
    work: W,
}

impl<T: ErrorType, W> ErrorType for Worked<T, W> {
    type Error = T::Error;
}

impl<T: Transport, W: Work> Read for Worked<T, W> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, T::Error> {
        let count = self.stream.read(memory).await?;
        self.work.received(self.stream.peer_addr(), &mut memory[..count]);
        Ok(count)
    }
}

impl<T: Transport, W: Work> Write for Worked<T, W> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        let count = self.stream.write(&self.work.to_send(bytes)).await?;
        self.work.sent(self.stream.peer_addr(), bytes, count);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        self.stream.flush().await
    }
}

impl<T: Transport, W: Work> Transport for Worked<T, W> {
    fn enter(&mut self, phase: Phase) {
        self.stream.enter(phase);
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.stream.enter_for(phase, limit);
    }

    async fn pause(&mut self, duration: Duration) {
        self.stream.pause(duration).await;
    }

    async fn shutdown_write(&mut self) -> Result<bool, T::Error> {
        let last = self.work.last_bytes();
        self.stream.write(last).await?;
        self.stream.shutdown_write().await
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.stream.peer_addr()
    }

    fn keep_alive(&self) -> bool {
        self.stream.keep_alive()
    }

    fn is_ending(&self) -> bool {
        self.stream.is_ending()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.stream.on_response(record);
    }
}

/// The bytes of a connection, by direction.
#[derive(Clone, Default, PartialEq, Debug)]
struct Log {
    peer: Option<SocketAddr>,
    received: Vec<u8>,
    sent: Vec<u8>,
}

/// Records the bytes of all connections.
#[derive(Default)]
struct Tap(RefCell<Vec<Log>>);

impl Tap {
    fn log(&self, peer: Option<SocketAddr>, add: impl FnOnce(&mut Log)) {
        let mut logs = self.0.borrow_mut();
        if !logs.iter().any(|log| log.peer == peer) {
            logs.push(Log { peer, ..Log::default() });
        }
        add(logs.iter_mut().find(|log| log.peer == peer).expect("pushed"));
    }
}

impl Work for &Tap {
    fn received(&mut self, peer: Option<SocketAddr>, bytes: &mut [u8]) {
        self.log(peer, |log| log.received.extend_from_slice(bytes));
    }

    fn to_send(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn sent(&mut self, peer: Option<SocketAddr>, bytes: &[u8], count: usize) {
        self.log(peer, |log| log.sent.extend_from_slice(&bytes[..count]));
    }
}

impl StreamLayer for &Tap {
    const IS_STATEFUL: bool = false;
    type Stream<T: Transport<Error = ErrorKind>> = Worked<T, Self>;

    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> Worked<T, Self> {
        Worked { stream, work: *self }
    }
}

/// A cipher whose key changes with every byte, in each direction: a stand-in for TLS.
#[derive(Default)]
struct Cipher {
    received: u8,
    sent: u8,
}

fn cipher(key: &mut u8, bytes: &mut [u8]) {
    for byte in bytes {
        *byte ^= *key;
        *key = key.wrapping_mul(5).wrapping_add(17);
    }
}

impl Work for Cipher {
    fn received(&mut self, _: Option<SocketAddr>, bytes: &mut [u8]) {
        cipher(&mut self.received, bytes);
    }

    fn to_send(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        cipher(&mut self.sent.clone(), &mut bytes);
        bytes
    }

    fn sent(&mut self, _: Option<SocketAddr>, bytes: &[u8], count: usize) {
        cipher(&mut self.sent, &mut bytes[..count].to_vec());
    }
}

struct CipherLayer;

impl StreamLayer for CipherLayer {
    const IS_STATEFUL: bool = true;
    type Stream<T: Transport<Error = ErrorKind>> = Worked<T, Cipher>;

    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> Worked<T, Cipher> {
        Worked { stream, work: Cipher::default() }
    }
}

/// The requests of two clients, with a pause between two requests of each.
fn requests(number: usize) -> [Vec<u8>; 2] {
    [
        [get("/robots.txt").into_bytes(), post(&[b'x'; 3000])].concat(),
        get(&format!("/?n={number}")).into_bytes(),
    ]
}

#[test]
fn a_tap_sees_what_the_clients_send_and_receive() {
    for faults in [NO_FAULTS, Faults { lost: 5, doubled: 20, late: 20, spoilt: 10 }] {
        let (tap, mut connected, mut idle, mut sent) = (Tap::default(), false, false, [false; 2]);
        run_through(&&tap, 1, faults, |sim| {
            if !std::mem::replace(&mut connected, true) {
                for number in 0..2 {
                    sim.clients.connect(requests(number)[0].clone());
                }
            }
            for (number, sent) in sent.iter_mut().enumerate() {
                if !*sent && responses(sim, number) == 2 {
                    idle |= sim.counts.waiting > 0;
                    sim.clients.send(number, &requests(number)[1]);
                    *sent = true;
                }
            }
            sent == [true; 2]
                && (0..2).all(|number| {
                    let all = requests(number).concat();
                    let received = &sim.clients.all[number].received;
                    let seen = |log: &Log| log.received == all && log.sent == *received;
                    responses(sim, number) == 3 && tap.0.borrow().iter().any(seen)
                })
        });
        assert!(idle, "no stream was dropped between two requests");
    }
}

#[test]
fn a_tap_changes_nothing_that_a_client_sees() {
    let received = |tapped: bool| {
        let (tap, mut received, mut started) = (Tap::default(), Vec::new(), false);
        let step = |sim: &mut crate::sim_net::SimState<'_>| {
            if !std::mem::replace(&mut started, true) {
                sim.clients.connect([requests(0).concat(), get("/#").into_bytes()].concat());
            }
            received.clone_from(&sim.clients.all[0].received);
            sim.clients.is_closed_by_device(0)
        };
        if tapped {
            run_through(&&tap, 1, NO_FAULTS, step);
        } else {
            run(1, NO_FAULTS, false, step);
        }
        received
    };
    let plain = received(false);
    assert!(plain.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(received(true).escape_ascii().to_string(), plain.escape_ascii().to_string());
}

#[test]
fn a_layer_with_state_keeps_it_while_its_connection_is_idle() {
    let (mut step, mut key) = (0, 0);
    let mut plain = Vec::new();
    let [first, second] = requests(0).map(|mut bytes| {
        cipher(&mut key, &mut bytes);
        bytes
    });
    run_through(&CipherLayer, 1, NO_FAULTS, |sim| {
        plain.clone_from(&sim.clients.all.first().map(|client| client.received.clone()).unwrap_or_default());
        cipher(&mut 0, &mut plain);
        let count = bantam_tests::answers::read(&plain, |_| false).map_or(0, |answers| answers.len());
        match step {
            0 => {
                sim.clients.connect(first.clone());
            }
            1 if count < 2 => return false,
            1 => {
                assert_eq!((sim.counts.waiting, sim.counts.served), (0, 1), "idle, in its slot");
                sim.clients.send(0, &second);
            }
            2 if count < 3 => return false,
            // The idle deadline.
            2 => {}
            _ => return all_listen(sim),
        }
        step += 1;
        false
    });
    assert!(String::from_utf8_lossy(&plain).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn slots_with_state_serve_one_client_after_the_other() {
    let mut started = false;
    run_through(&CipherLayer, 1, NO_FAULTS, |sim| {
        if !std::mem::replace(&mut started, true) {
            for _ in 0..=SLOTS {
                let mut request =
                    get("/robots.txt").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").into_bytes();
                cipher(&mut 0, &mut request);
                sim.clients.connect(request);
            }
        }
        let whole = |received: &Vec<u8>| {
            let mut plain = received.clone();
            cipher(&mut 0, &mut plain);
            plain.ends_with(b"Disallow: /sleep\n")
        };
        sim.clients.all.iter().all(|client| whole(&client.received)) && all_listen(sim)
    });
}

/// Writes its last bytes once, as TLS its close_notify.
#[derive(Default)]
struct Farewell {
    written: bool,
}

impl Work for Farewell {
    fn received(&mut self, _: Option<SocketAddr>, _: &mut [u8]) {}

    fn to_send(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn sent(&mut self, _: Option<SocketAddr>, _: &[u8], _: usize) {}

    fn last_bytes(&mut self) -> &'static [u8] {
        if std::mem::replace(&mut self.written, true) { b"" } else { b"FAREWELL" }
    }
}

struct FarewellLayer;

impl StreamLayer for FarewellLayer {
    const IS_STATEFUL: bool = true;
    type Stream<T: Transport<Error = ErrorKind>> = Worked<T, Farewell>;

    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> Worked<T, Farewell> {
        Worked { stream, work: Farewell::default() }
    }
}

#[test]
fn a_layer_writes_its_last_bytes_at_every_end_that_is_no_failure() {
    let closing = get("/robots.txt").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let refused = format!("{}and bytes behind it", "BREW / HTTP/9.9\r\n\r\n");
    // The last one ends at the idle deadline.
    for request in [closing, refused, get("/robots.txt")] {
        let (mut started, mut received) = (false, Vec::new());
        run_through(&FarewellLayer, 1, NO_FAULTS, |sim| {
            if !std::mem::replace(&mut started, true) {
                sim.clients.connect(request.clone().into_bytes());
            }
            received.clone_from(&sim.clients.all[0].received);
            sim.clients.is_closed_by_device(0)
        });
        let text = String::from_utf8_lossy(&received);
        assert!(text.ends_with("FAREWELL") && text.matches("FAREWELL").count() == 1, "{request}: {text}");
    }
}
