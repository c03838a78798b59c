//! A network stack with a loopback device and a mock clock, in which the clients are sockets, too.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_embedded::embassy::{ServerPort, SynFilter};
use critical_section as _;
use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_net::tcp::TcpSocket;
use embassy_net::{
    Config, Ipv4Address, Ipv4Cidr, Ipv6Address, Ipv6Cidr, Stack, StackResources, StaticConfigV4,
    StaticConfigV6,
};
use embassy_time::{Instant, MockDriver, Timer};

pub(crate) const HOST: Ipv4Address = Ipv4Address::new(10, 0, 0, 1);
pub(crate) const HOST_V6: Ipv6Address = Ipv6Address::new(0xfd00, 0, 0, 0, 0, 0, 0, 1);

/// A loopback device that drops packets.
pub(crate) struct Loopback {
    queue: Rc<RefCell<VecDeque<Vec<u8>>>>,
    /// How many packets are delivered before the rest is dropped.
    deliverable: Rc<Cell<usize>>,
}

pub(crate) struct Packet(Vec<u8>);
pub(crate) struct LoopbackTxToken<'a>(&'a mut Loopback);

impl Driver for Loopback {
    type RxToken<'a> = Packet;
    type TxToken<'a> = LoopbackTxToken<'a>;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(Packet, LoopbackTxToken<'_>)> {
        let packet = self.queue.borrow_mut().pop_front()?;
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
            self.0.queue.borrow_mut().push_back(packet);
        }
        result
    }
}

/// `/slow` pauses for a minute, `/large` sends 100 KB, `/reader` reads a kilobyte a second, any other page sends the client's
/// address.
pub(crate) struct TestSite;

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
pub(crate) struct SimNet<'p> {
    stack: Stack<'static>,
    network: Pin<Box<dyn Future<Output = Infallible> + 'p>>,
    pub(crate) deliverable: Rc<Cell<usize>>,
    /// Packets on their way to the stack.
    pub(crate) queue: Rc<RefCell<VecDeque<Vec<u8>>>>,
    _clock: MutexGuard<'static, ()>,
}

impl<'p> SimNet<'p> {
    /// Returns a network whose driver has the filter of `port`.
    pub(crate) fn new<const WORKERS: usize>(port: &'p ServerPort<WORKERS>) -> Self {
        Self::with_driver(|device| SynFilter::<_, WORKERS>::new(device, port))
    }

    /// Returns a network with the driver that `filter` makes of the loopback device.
    pub(crate) fn with_driver<D: Driver + 'p>(filter: impl FnOnce(Loopback) -> D) -> Self {
        static CLOCK: Mutex<()> = Mutex::new(());
        let clock = CLOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut config = Config::ipv4_static(StaticConfigV4 {
            address: Ipv4Cidr::new(HOST, 24),
            gateway: None,
            dns_servers: Default::default(),
        });
        config.ipv6 = embassy_net::ConfigV6::Static(StaticConfigV6 {
            address: Ipv6Cidr::new(HOST_V6, 64),
            gateway: None,
            dns_servers: Default::default(),
        });
        let resources = Box::leak(Box::new(StackResources::<20>::new()));
        let (deliverable, queue) = (Rc::new(Cell::new(usize::MAX)), Rc::default());
        let device = Loopback { queue: Rc::clone(&queue), deliverable: Rc::clone(&deliverable) };
        let (stack, mut runner) = embassy_net::new(filter(device), config, resources, 1);
        let network = Box::pin(async move { match runner.run().await {} });
        Self { stack, network, deliverable, queue, _clock: clock }
    }

    pub(crate) fn socket(&self) -> TcpSocket<'static> {
        let memory = || Box::leak(Box::new([0; 1024]));
        TcpSocket::new(self.stack, memory(), memory())
    }

    /// Polls the network, a worker and `client` until `client` returns. Returns its output and the seconds that passed.
    pub(crate) fn run<W: Future + ?Sized, F: Future>(
        &mut self,
        worker: &mut Pin<&mut W>,
        client: F,
    ) -> (F::Output, u64) {
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
pub(crate) async fn send(client: &mut TcpSocket<'_>, text: &str) {
    client.abort();
    client.connect((HOST, 80)).await.expect("a worker listens");
    if !text.is_empty() {
        client.write(text.as_bytes()).await.expect("the send buffer has space");
    }
}

/// Waits until `count` workers listen.
pub(crate) async fn until_listening<const WORKERS: usize>(port: &ServerPort<WORKERS>, count: usize) {
    while port.worker_counts().listening != count {
        Timer::after_millis(1).await;
    }
}

/// Reads to the end. Returns the text, and true if the end is FIN and not RST.
pub(crate) async fn read_to_end(client: &mut TcpSocket<'_>) -> (String, bool) {
    let (bytes, fin) = read_bytes_to_end(client).await;
    (String::from_utf8(bytes).expect("ASCII"), fin)
}

/// Reads to the end. Returns the bytes, and true if the end is FIN and not RST.
pub(crate) async fn read_bytes_to_end(client: &mut TcpSocket<'_>) -> (Vec<u8>, bool) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 512]);
    loop {
        match client.read(&mut buffer).await {
            Ok(0) => return (bytes, true),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(_) => return (bytes, false),
        }
    }
}

pub(crate) const CLOSE: &str = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Polls all of these futures until every one has returned.
pub(crate) async fn join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, output) in futures.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                *output = Some(result);
            }
        }
        if futures.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    futures.into_iter().filter_map(|(_, output)| output).collect()
}

/// A future that is polled when it has been woken, and at no other time.
pub(crate) struct WhenWoken<F> {
    future: Pin<Box<F>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

impl<F: Future> WhenWoken<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future: Box::pin(future), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }
}

impl<F: Future> Future for WhenWoken<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<F::Output> {
        if !self.woken.0.swap(false, Relaxed) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}
