//! Law: a worker of `bantam_embedded::embassy` gives up whoever it has waited for long enough, tells everybody who is given
//! up, and leaves a socket that can be used again.
//!
//! The client is in the same network stack, behind a wire that leads back; the clock is turned by hand.

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
use bantam_embedded::embassy::{Port, worker};
use critical_section as _;
use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_net::tcp::TcpSocket;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4};
use embassy_time::{Instant, MockDriver, Timer};

const HOST: Ipv4Address = Ipv4Address::new(10, 0, 0, 1);

/// Whatever is sent is received, as long as the wire is whole.
struct Loop {
    wire: VecDeque<Vec<u8>>,
    /// How many packets still get through.
    passes: Rc<Cell<usize>>,
}

struct Packet(Vec<u8>);
struct Room<'a>(&'a mut Loop);

impl Driver for Loop {
    type RxToken<'a> = Packet;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(Packet, Room<'_>)> {
        let packet = self.wire.pop_front()?;
        Some((Packet(packet), Room(self)))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<Room<'_>> {
        Some(Room(self))
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

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        let mut packet = vec![0; length];
        let result = fill(&mut packet);
        if let Some(left) = self.0.passes.get().checked_sub(1) {
            self.0.passes.set(left);
            self.0.wire.push_back(packet);
        }
        result
    }
}

/// Pages that take long, and one that says who asks.
struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let peer = details.client_address.expect("TCP knows its peer").to_string();
        let connection = &mut *details.connection;
        if details.uri.path == "/slow" {
            connection.pause(Duration::from_secs(60)).await?;
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

/// A network in which nothing happens by itself. There is one clock: tests have it one after the other.
struct World {
    stack: Stack<'static>,
    network: Pin<Box<dyn Future<Output = Infallible>>>,
    passes: Rc<Cell<usize>>,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let config = Config::ipv4_static(StaticConfigV4 {
            address: Ipv4Cidr::new(HOST, 24),
            gateway: None,
            dns_servers: Default::default(),
        });
        let resources = Box::leak(Box::new(StackResources::<4>::new()));
        let passes = Rc::new(Cell::new(usize::MAX));
        let wire = Loop { wire: VecDeque::new(), passes: Rc::clone(&passes) };
        let (stack, mut runner) = embassy_net::new(wire, config, resources, 1);
        let network = Box::pin(async move { match runner.run().await {} });
        Self { stack, network, passes, _turn: turn }
    }

    fn socket(&self) -> TcpSocket<'static> {
        let memory = || Box::leak(Box::new([0; 1024]));
        TcpSocket::new(self.stack, memory(), memory())
    }

    /// Runs the network and a worker until this is done; how many seconds it took.
    fn until<W: Future, F: Future>(&mut self, worker: &mut Pin<&mut W>, what: F) -> (F::Output, u64) {
        let mut context = Context::from_waker(Waker::noop());
        let (mut what, start) = (pin!(what), Instant::now());
        for _ in 0..100_000 {
            assert!(self.network.as_mut().poll(&mut context).is_pending());
            assert!(worker.as_mut().poll(&mut context).is_pending(), "a worker does not end");
            if let Poll::Ready(done) = what.as_mut().poll(&mut context) {
                return (done, start.elapsed().as_secs());
            }
            MockDriver::get().advance(embassy_time::Duration::from_millis(1));
        }
        panic!("nothing happens any more");
    }
}

/// Connects and says this.
async fn say(client: &mut TcpSocket<'_>, text: &str) {
    client.abort();
    client.connect((HOST, 80)).await.expect("a worker listens");
    if !text.is_empty() {
        client.write(text.as_bytes()).await.expect("there is room");
    }
}

/// Waits until so many workers listen.
async fn listening(port: &Port, count: usize) {
    while port.listening() != count {
        Timer::after_millis(1).await;
    }
}

/// Everything until the end, and whether that is an end and not a reset.
async fn rest(client: &mut TcpSocket<'_>) -> (String, bool) {
    let (mut text, mut piece) = (String::new(), [0; 512]);
    loop {
        match client.read(&mut piece).await {
            Ok(0) => return (text, true),
            Ok(count) => text.push_str(std::str::from_utf8(&piece[..count]).expect("ASCII")),
            Err(_) => return (text, false),
        }
    }
}

const LAST: &str = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn a_client_is_answered_and_seen_off() {
    let mut world = World::new();
    let port = Port::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (world.socket(), world.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(worker(&port, &mut socket, &Pages, &mut buffers));
    for _ in 0..3 {
        let ((answer, orderly), seconds) = world.until(&mut worker, async {
            say(&mut client, &format!("GET /{LAST}")).await;
            let peer = client.local_endpoint().expect("it is connected").to_string();
            let (answer, orderly) = rest(&mut client).await;
            assert!(answer.ends_with(&format!("\r\n\r\n{peer}")), "{answer}");
            client.close();
            // TIME-WAIT would be ten seconds.
            listening(&port, 1).await;
            (answer, orderly)
        });
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && orderly && seconds < 1, "{seconds} s: {answer}");
    }
}

#[test]
fn each_phase_has_its_end() {
    let mut world = World::new();
    let port = Port::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (world.socket(), world.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(worker(&port, &mut socket, &Pages, &mut buffers));
    let mut take = |text: &str| {
        world.until(&mut worker, async {
            say(&mut client, text).await;
            let said = rest(&mut client).await;
            client.close();
            listening(&port, 1).await;
            said
        })
    };
    assert_eq!(take(""), ((String::new(), true), 15));
    let ((head, _), seconds) = take("GET / HT");
    assert!(head.starts_with("HTTP/1.1 408 ") && seconds == 10, "{seconds} s: {head}");
    // A page may pause for longer than any phase, while nothing at all is on the wire.
    let ((slow, _), seconds) = take(&format!("GET /slow{LAST}"));
    assert!(slow.starts_with("HTTP/1.1 200 ") && seconds == 60, "{seconds} s: {slow}");
}

#[test]
fn half_a_handshake_does_not_keep_a_worker() {
    let mut world = World::new();
    let port = Port::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (world.socket(), world.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(worker(&port, &mut socket, &Pages, &mut buffers));
    let passes = Rc::clone(&world.passes);
    // Only the first packet arrives; then the client is gone.
    passes.set(1);
    client.set_timeout(Some(embassy_time::Duration::from_secs(5)));
    assert!(world.until(&mut worker, client.connect((HOST, 80))).0.is_err());
    world.until(&mut worker, Timer::after_secs(26));
    passes.set(usize::MAX);
    let ((answer, _), _) = world.until(&mut worker, async {
        say(&mut client, &format!("GET /{LAST}")).await;
        rest(&mut client).await
    });
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn whoever_does_not_take_the_answer_is_reset() {
    let mut world = World::new();
    let port = Port::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (world.socket(), world.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(worker(&port, &mut socket, &Pages, &mut buffers));
    let (_, seconds) = world.until(&mut worker, async {
        say(&mut client, &format!("GET /large{LAST}")).await;
        listening(&port, 0).await;
        listening(&port, 1).await;
    });
    assert_eq!(seconds, 30);
    assert!(
        !world.until(&mut worker, rest(&mut client)).0.1,
        "an answer that is cut off does not look whole"
    );
    // And one that takes it has all of it.
    let ((large, orderly), _) = world.until(&mut worker, async {
        say(&mut client, &format!("GET /large{LAST}")).await;
        rest(&mut client).await
    });
    assert!(orderly && large.ends_with("x\r\n0\r\n\r\n") && large.len() > 100_000, "{} bytes", large.len());
}

#[test]
fn a_worker_that_is_dropped_leaves_a_socket_for_another() {
    let mut world = World::new();
    let port = Port::new(80, Deadlines::DEFAULT);
    let (mut socket, mut client, mut buffers) = (world.socket(), world.socket(), Buffers::<1024, 512>::new());
    {
        let mut worker = pin!(worker(&port, &mut socket, &Pages, &mut buffers));
        world.until(&mut worker, async {
            say(&mut client, &format!("GET /slow{LAST}")).await;
            Timer::after_secs(1).await;
        });
        assert_eq!(port.listening(), 0, "it serves");
    }
    // In the middle of a page. The network tells the client.
    let mut nobody = pin!(std::future::pending::<()>());
    assert_eq!(world.until(&mut nobody, rest(&mut client)).0, (String::new(), false));
    {
        let mut worker = pin!(worker(&port, &mut socket, &Pages, &mut buffers));
        let (answer, _) = world.until(&mut worker, async {
            say(&mut client, &format!("GET /{LAST}")).await;
            rest(&mut client).await.0
        });
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    assert_eq!(port.listening(), 0, "whoever is dropped does not listen");
}
