//! Tests of `bantam_embedded::embassy` over a loopback device and a mock clock, with the client in the same network stack.
//! Invariant: a worker ends a connection at the deadline of its phase, and its socket listens again.

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site};
use bantam_embedded::embassy::{ServerPort, run_worker};
use critical_section as _;
use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_net::tcp::TcpSocket;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4};
use embassy_time::{Instant, MockDriver, Timer};

const HOST: Ipv4Address = Ipv4Address::new(10, 0, 0, 1);

/// A loopback device that drops packets.
struct Loopback {
    queue: VecDeque<Vec<u8>>,
    /// How many packets are delivered before the rest is dropped.
    deliverable: Rc<Cell<usize>>,
}

struct Packet(Vec<u8>);
struct LoopbackTxToken<'a>(&'a mut Loopback);

impl Driver for Loopback {
    type RxToken<'a> = Packet;
    type TxToken<'a> = LoopbackTxToken<'a>;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(Packet, LoopbackTxToken<'_>)> {
        let packet = self.queue.pop_front()?;
        Some((Packet(packet), LoopbackTxToken(self)))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<LoopbackTxToken<'_>> {
        Some(LoopbackTxToken(self))
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = 1500;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ip
    }
}

impl RxToken for Packet {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, read: F) -> R {
        read(&mut self.0)
    }
}

impl TxToken for LoopbackTxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        let mut packet = vec![0; length];
        let result = fill(&mut packet);
        if let Some(left) = self.0.deliverable.get().checked_sub(1) {
            self.0.deliverable.set(left);
            self.0.queue.push_back(packet);
        }
        result
    }
}

/// `/slow` pauses for a minute, `/large` sends 100 KB, `/reader` reads a kilobyte a second, any other page sends the client's
/// address.
struct TestSite;

impl Site for TestSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let peer = details.client_address.expect("a TCP connection has a peer").to_string();
        let connection = &mut *details.connection;
        if details.uri.path == "/slow" {
            connection.pause(Duration::from_secs(60)).await?;
        }
        if details.uri.path == "/reader" {
            while connection.recv(&mut [0; 1024]).await? > 0 {
                connection.pause(Duration::from_secs(1)).await?;
            }
        }
        if details.uri.path == "/large" {
            connection.make_response(Response::new(Status::OK)).await?;
            for _ in 0..100 {
                connection.send(&[b'x'; 1000]).await?;
            }
            return Ok(());
        }
        connection.make_response(Response::new(Status::OK).body(peer.as_bytes())).await
    }
}

/// A network stack that the test polls. The mock clock is global: a test holds a lock on it.
struct SimNet {
    stack: Stack<'static>,
    network: Pin<Box<dyn Future<Output = Infallible>>>,
    deliverable: Rc<Cell<usize>>,
    _clock: MutexGuard<'static, ()>,
}

impl SimNet {
    fn new() -> Self {
        static CLOCK: Mutex<()> = Mutex::new(());
        let clock = CLOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let config = Config::ipv4_static(StaticConfigV4 {
            address: Ipv4Cidr::new(HOST, 24),
            gateway: None,
            dns_servers: Default::default(),
        });
        let resources = Box::leak(Box::new(StackResources::<4>::new()));
        let deliverable = Rc::new(Cell::new(usize::MAX));
        let device = Loopback { queue: VecDeque::new(), deliverable: Rc::clone(&deliverable) };
        let (stack, mut runner) = embassy_net::new(device, config, resources, 1);
        let network = Box::pin(async move { match runner.run().await {} });
        Self { stack, network, deliverable, _clock: clock }
    }

    fn socket(&self) -> TcpSocket<'static> {
        let memory = || Box::leak(Box::new([0; 1024]));
        TcpSocket::new(self.stack, memory(), memory())
    }

    /// Polls the network, a worker and `client` until `client` returns. Returns its output and the seconds that passed.
    fn run<W: Future, F: Future>(&mut self, worker: &mut Pin<&mut W>, client: F) -> (F::Output, u64) {
        let mut context = Context::from_waker(Waker::noop());
        let (mut client, start) = (pin!(client), Instant::now());
        for _ in 0..100_000 {
            assert!(self.network.as_mut().poll(&mut context).is_pending());
            assert!(worker.as_mut().poll(&mut context).is_pending(), "a worker never returns");
            if let Poll::Ready(output) = client.as_mut().poll(&mut context) {
                return (output, start.elapsed().as_secs());
            }
            MockDriver::get().advance(embassy_time::Duration::from_millis(1));
        }
        panic!("the client does not end");
    }
}

/// Connects and sends `text`.
async fn send(client: &mut TcpSocket<'_>, text: &str) {
    client.abort();
    client.connect((HOST, 80)).await.expect("a worker listens");
    if !text.is_empty() {
        client.write(text.as_bytes()).await.expect("the send buffer has space");
    }
}

/// Waits until `count` workers listen.
async fn until_idle_workers(port: &ServerPort, count: usize) {
    while port.idle_workers() != count {
        Timer::after_millis(1).await;
    }
}

/// Reads to the end. Returns the text, and true if the end is FIN and not RST.
async fn read_to_end(client: &mut TcpSocket<'_>) -> (String, bool) {
    let (mut text, mut buffer) = (String::new(), [0; 512]);
    loop {
        match client.read(&mut buffer).await {
            Ok(0) => return (text, true),
            Ok(count) => text.push_str(std::str::from_utf8(&buffer[..count]).expect("ASCII")),
            Err(_) => return (text, false),
        }
    }
}

const CLOSE: &str = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn a_connection_is_served_and_closed_with_fin() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    for _ in 0..3 {
        let ((response, fin), seconds) = sim.run(&mut worker, async {
            send(&mut client, &format!("GET /{CLOSE}")).await;
            let peer = client.local_endpoint().expect("the client is connected").to_string();
            let (response, fin) = read_to_end(&mut client).await;
            assert!(response.ends_with(&format!("\r\n\r\n{peer}")), "{response}");
            client.close();
            // TIME-WAIT would take ten seconds.
            until_idle_workers(&port, 1).await;
            (response, fin)
        });
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin && seconds < 1, "{seconds} s: {response}");
    }
}

#[test]
fn each_phase_has_its_deadline() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let mut exchange = |text: &str| {
        sim.run(&mut worker, async {
            send(&mut client, text).await;
            let received = read_to_end(&mut client).await;
            client.close();
            until_idle_workers(&port, 1).await;
            received
        })
    };
    assert_eq!(exchange(""), ((String::new(), true), 15));
    let ((head, _), seconds) = exchange("GET / HT");
    assert!(head.starts_with("HTTP/1.1 408 ") && seconds == 10, "{seconds} s: {head}");
    // A page may pause for longer than any deadline, without any packet.
    let ((slow, _), seconds) = exchange(&format!("GET /slow{CLOSE}"));
    assert!(slow.starts_with("HTTP/1.1 200 ") && seconds == 60, "{seconds} s: {slow}");
}

#[test]
fn an_incomplete_handshake_times_out() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let deliverable = Rc::clone(&sim.deliverable);
    // Only the SYN is delivered.
    deliverable.set(1);
    client.set_timeout(Some(embassy_time::Duration::from_secs(5)));
    assert!(sim.run(&mut worker, client.connect((HOST, 80))).0.is_err());
    sim.run(&mut worker, Timer::after_secs(26));
    deliverable.set(usize::MAX);
    let ((response, _), _) = sim.run(&mut worker, async {
        send(&mut client, &format!("GET /{CLOSE}")).await;
        read_to_end(&mut client).await
    });
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
}

#[test]
fn a_client_that_does_not_read_is_reset() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let (_, seconds) = sim.run(&mut worker, async {
        send(&mut client, &format!("GET /large{CLOSE}")).await;
        until_idle_workers(&port, 0).await;
        until_idle_workers(&port, 1).await;
    });
    assert_eq!(seconds, 30);
    assert!(!sim.run(&mut worker, read_to_end(&mut client)).0.1, "a response that is cut off ends with RST");
    // A client that reads gets the whole response.
    let ((large, fin), _) = sim.run(&mut worker, async {
        send(&mut client, &format!("GET /large{CLOSE}")).await;
        read_to_end(&mut client).await
    });
    assert!(fin && large.ends_with("x\r\n0\r\n\r\n") && large.len() > 100_000, "{} bytes", large.len());
}

/// Sends bytes until they are sent or the connection fails. Returns true if all of them are.
async fn send_large(client: &mut TcpSocket<'_>, path: &str, length: usize) -> bool {
    send(client, &format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")).await;
    let mut left = length;
    while left > 0 {
        match client.write(&[b'x'; 1024][..left.min(1024)]).await {
            Ok(count) => left -= count,
            Err(_) => return false,
        }
    }
    true
}

#[test]
fn an_early_answer_reaches_a_client_that_writes_everything_before_it_reads() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let ((response, fin), seconds) = sim.run(&mut worker, async {
        assert!(send_large(&mut client, "/", 3_000_000).await, "reset");
        read_to_end(&mut client).await
    });
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin, "{response}");
    assert!(seconds > Deadlines::DEFAULT.close.as_secs(), "{seconds} s");
    // A client that does not end is dropped.
    let (_, seconds) = sim.run(&mut worker, async {
        client.abort();
        until_idle_workers(&port, 1).await;
        assert!(!send_large(&mut client, "/", usize::MAX).await);
        until_idle_workers(&port, 1).await;
    });
    assert!((30..32).contains(&seconds), "{seconds} s");
}

#[test]
fn a_body_that_is_always_ahead_of_its_page_has_an_end() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT.body_total(Duration::from_secs(30)));
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let (response, _) = sim.run(&mut worker, async {
        assert!(send_large(&mut client, "/reader", 50_000).await, "the rest is dropped");
        read_to_end(&mut client).await.0
    });
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
}

#[test]
fn a_dropped_worker_leaves_a_usable_socket() {
    let mut sim = SimNet::new();
    let port = ServerPort::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    {
        let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
        sim.run(&mut worker, async {
            send(&mut client, &format!("GET /slow{CLOSE}")).await;
            Timer::after_secs(1).await;
        });
        assert_eq!(port.idle_workers(), 0, "the worker serves");
    }
    // The worker was dropped while the page paused. The network task sends RST.
    let mut no_worker = pin!(std::future::pending::<()>());
    assert_eq!(sim.run(&mut no_worker, read_to_end(&mut client)).0, (String::new(), false));
    {
        let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
        let (response, _) = sim.run(&mut worker, async {
            send(&mut client, &format!("GET /{CLOSE}")).await;
            read_to_end(&mut client).await.0
        });
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    }
    assert_eq!(port.idle_workers(), 0, "a dropped worker is not counted");
}

#[test]
fn a_deadline_of_any_length_serves() {
    for limit in [1 << 52, i64::MAX as u64, 1 << 63, u64::MAX]
        .map(Duration::from_micros)
        .into_iter()
        .chain([Duration::MAX])
    {
        let mut sim = SimNet::new();
        let port =
            ServerPort::new(80, Deadlines::DEFAULT.idle(limit).head(limit).response(limit).close(limit));
        let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
        let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
        let ((response, fin), _) = sim.run(&mut worker, async {
            send(&mut client, &format!("GET /{CLOSE}")).await;
            read_to_end(&mut client).await
        });
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin, "{limit:?}: {response}");
    }
}
