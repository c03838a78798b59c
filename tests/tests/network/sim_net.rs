//! A simulation: a device and its clients over a simulated network, with a simulated clock.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site};
use bantam_embedded::StreamLayer;
use bantam_embedded::tcp::{SocketCounts, TcpServer, serve_slot, serve_slot_through};
use bantam_tests::answers::read;
use bantam_tests::net::{Faults, Net};
use bantam_www::Www;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr};

/// Sockets of the device.
pub(crate) const SOCKETS: usize = 5;
/// Slots of the device.
pub(crate) const SLOTS: usize = 4;
/// The buffers of a slot: for a request, for a response.
pub(crate) const INPUT: usize = 1024;
pub(crate) const OUTPUT: usize = 512;

pub(crate) const NO_FAULTS: Faults = Faults { lost: 0, doubled: 0, late: 0, spoilt: 0 };

/// A TCP client.
pub(crate) struct Client {
    handle: SocketHandle,
    /// The bytes still to be sent.
    request: Vec<u8>,
    pub(crate) received: Vec<u8>,
    /// The client does not read.
    pub(crate) reads_nothing: bool,
    /// The client sends FIN after its last byte.
    pub(crate) half_closes: bool,
}

impl Client {
    /// Returns true if the client has passed everything to its socket.
    pub(crate) const fn is_sent(&self) -> bool {
        self.request.is_empty()
    }
}

/// All clients, in one network stack.
pub(crate) struct Clients {
    pub(crate) interface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    pub(crate) all: Vec<Client>,
    pub(crate) device_address: IpAddress,
    next_port: u16,
}

/// The state of the simulation between two polls.
pub(crate) struct SimState<'w> {
    pub(crate) clients: &'w mut Clients,
    pub(crate) counts: SocketCounts,
    pub(crate) now: Duration,
    pub(crate) net: &'w Net,
    /// The interface of the device.
    pub(crate) interface: &'w mut Interface,
    /// Drop all slots now and replace them.
    pub(crate) replace_slots: bool,
    /// Stop the server now.
    pub(crate) stop: bool,
    /// Publish a number now.
    pub(crate) publish: bool,
    /// How many streams of events wait.
    pub(crate) waiting: usize,
}

/// The site of `www`, and pages of its own: `/minute` pauses for a minute, `/slow` reads a kilobyte a second, and `/spin`
/// pauses for no time, again and again, until `/release` is requested. `/events` sends the numbers that are published.
#[derive(Default)]
pub(crate) struct TestSite {
    is_released: Cell<bool>,
    published: Cell<u32>,
    waiting: Cell<usize>,
}

/// Counts a stream that waits.
struct Waits<'s>(&'s Cell<usize>);

impl<'s> Waits<'s> {
    fn new(count: &'s Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl TestSite {
    async fn events<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
        let Some(mut events) = details.events().await? else { return Ok(()) };
        let (_waits, mut seen) = (Waits::new(&self.waiting), 0);
        let next = |seen| {
            poll_fn(move |_| match self.published.get() {
                number if number > seen => Poll::Ready(number),
                _ => Poll::Pending,
            })
        };
        while let Some(number) = events.wait(next(seen)).await {
            let text = number.to_string();
            events.send(&Event::new(&text).id(&text)).await?;
            seen = number;
        }
        events.send(&Event::new("bye")).await
    }
}

impl Site for TestSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (path, connection) = (details.uri.path, &mut *details.connection);
        let mut body = &b""[..];
        match path {
            "/minute" => {
                connection.pause(Duration::from_secs(60)).await?;
                body = b"a minute later";
            }
            "/slow" => {
                while connection.recv(&mut [0; 1024]).await? > 0 {
                    connection.pause(Duration::from_secs(1)).await?;
                }
            }
            "/spin" => {
                for _ in 0..100_000 {
                    connection.pause(Duration::ZERO).await?;
                    if self.is_released.get() {
                        return connection.make_response(Response::new(Status::OK)).await;
                    }
                }
                return connection.make_response(Response::new(Status::SERVICE_UNAVAILABLE)).await;
            }
            "/release" => self.is_released.set(true),
            "/events" => return self.events(details).await,
            _ => return Www::new().request_handler(details).await,
        }
        connection.make_response(Response::new(Status::OK).body(body)).await
    }
}

fn instant(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as i64)
}

pub(crate) fn interface(device: &mut impl Device, last: u8) -> Interface {
    let hardware = HardwareAddress::Ethernet(EthernetAddress([2, 0, 0, 0, 0, last]));
    let mut interface = Interface::new(Config::new(hardware), device, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, last), 24)).expect("a free entry");
        addresses
            .push(IpCidr::new(IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, last.into()), 64))
            .expect("a free entry");
    });
    interface
}

impl Clients {
    /// Returns a stack without clients, whose device has this address.
    pub(crate) fn new(wire: &mut impl Device, device_address: IpAddress) -> Self {
        let (interface, sockets) = (interface(wire, 2), SocketSet::new(Vec::new()));
        Self { interface, sockets, all: Vec::new(), device_address, next_port: 49_152 }
    }

    /// Adds a client that connects and sends `request`. Returns its number.
    pub(crate) fn connect(&mut self, request: impl Into<Vec<u8>>) -> usize {
        let buffer = || SocketBuffer::new(vec![0; 4096]);
        let handle = self.sockets.add(Socket::new(buffer(), buffer()));
        self.all.push(Client {
            handle,
            request: request.into(),
            received: Vec::new(),
            reads_nothing: false,
            half_closes: false,
        });
        self.reconnect(self.all.len() - 1);
        self.all.len() - 1
    }

    /// Connects a client again, from another port.
    pub(crate) fn reconnect(&mut self, number: usize) {
        self.next_port += 1;
        let socket = self.sockets.get_mut::<Socket<'_>>(self.all[number].handle);
        socket.abort();
        socket
            .connect(self.interface.context(), (self.device_address, 80), self.next_port)
            .expect("the device has a route");
    }

    /// Clears what a client has received and sets its request.
    pub(crate) fn restart(&mut self, number: usize, request: &[u8]) {
        self.all[number].received.clear();
        self.all[number].request = request.to_vec();
    }

    pub(crate) fn send(&mut self, number: usize, more: &[u8]) {
        self.all[number].request.extend_from_slice(more);
    }

    /// Returns true if the device has reset or refused the connection.
    pub(crate) fn is_reset(&self, number: usize) -> bool {
        matches!(self.state(number), State::Closed)
    }

    /// Returns true if the device has closed its side.
    pub(crate) fn is_closed_by_device(&self, number: usize) -> bool {
        matches!(self.state(number), State::CloseWait | State::Closed | State::TimeWait | State::LastAck)
    }

    pub(crate) fn state(&self, number: usize) -> State {
        self.sockets.get::<Socket<'_>>(self.all[number].handle).state()
    }

    /// Resets the connection.
    pub(crate) fn reset(&mut self, number: usize) {
        self.sockets.get_mut::<Socket<'_>>(self.all[number].handle).abort();
    }

    pub(crate) fn text(&self, number: usize) -> String {
        String::from_utf8_lossy(&self.all[number].received).into_owned()
    }

    /// Sends and receives. Returns the time at which the stack has something to do.
    pub(crate) fn poll(&mut self, now: Duration, wire: &mut impl Device) -> Option<Duration> {
        self.interface.poll(instant(now), wire, &mut self.sockets);
        self.transfer();
        self.interface.poll(instant(now), wire, &mut self.sockets);
        let wake = self.interface.poll_at(instant(now), &self.sockets);
        wake.map(|at| Duration::from_micros(at.total_micros() as u64))
    }

    fn transfer(&mut self) {
        for client in &mut self.all {
            let socket = self.sockets.get_mut::<Socket<'_>>(client.handle);
            if let Ok(count @ 1..) = socket.send_slice(&client.request) {
                client.request.drain(..count);
            }
            let mut memory = [0; 4096];
            while let Ok(count @ 1..) =
                if client.reads_nothing { Ok(0) } else { socket.recv_slice(&mut memory) }
            {
                client.received.extend_from_slice(&memory[..count]);
            }
            let finished = client.request.is_empty() && client.half_closes;
            if socket.state() == State::CloseWait && !client.reads_nothing || finished && socket.may_send() {
                socket.close();
            }
        }
    }
}

/// Runs the simulation with the default deadlines: see [`run_with`].
pub(crate) fn run(seed: u64, faults: Faults, v6: bool, step: impl FnMut(&mut SimState<'_>) -> bool) {
    run_with(Deadlines::DEFAULT, seed, faults, v6, step);
}

/// Runs the simulation with these deadlines: see [`run_slots`].
pub(crate) fn run_with(
    deadlines: Deadlines,
    seed: u64,
    faults: Faults,
    v6: bool,
    step: impl FnMut(&mut SimState<'_>) -> bool,
) {
    run_slots(deadlines, None::<&()>, seed, faults, v6, step);
}

/// Runs the simulation with a layer: see [`run_slots`].
pub(crate) fn run_through(
    layer: &impl StreamLayer,
    seed: u64,
    faults: Faults,
    step: impl FnMut(&mut SimState<'_>) -> bool,
) {
    run_slots(Deadlines::DEFAULT, Some(layer), seed, faults, false, step);
}

/// Runs the simulation. Calls `step` after every poll, until it returns true.
///
/// # Panics
/// Panics if `step` has not returned true after four million polls.
fn run_slots<L: StreamLayer>(
    deadlines: Deadlines,
    layer: Option<&L>,
    seed: u64,
    faults: Faults,
    v6: bool,
    mut step: impl FnMut(&mut SimState<'_>) -> bool,
) {
    let net = Net::new(seed, faults);
    let (mut device, mut wire) = (net.end(0), net.end(1));
    let mut device_interface = interface(&mut device, 1);
    let device_address =
        if v6 { IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, 1) } else { IpAddress::v4(10, 0, 0, 1) };
    let mut clients = Clients::new(&mut wire, device_address);
    let site = TestSite::default();
    let mut memory = vec![[0; 2048]; SOCKETS];
    let mut server = TcpServer::<SOCKETS>::new(SocketSet::new(Vec::new()), 80, deadlines);
    for memory in &mut memory {
        let (receive, send) = memory.split_at_mut(1024);
        assert!(server.add(receive, send));
    }
    let new_slot = |_| {
        Box::pin(async {
            let mut buffers = Buffers::<INPUT, OUTPUT>::new();
            match layer {
                Some(layer) => Box::pin(serve_slot_through(&server, layer, &site, &mut buffers)).await,
                None => Box::pin(serve_slot(&server, &site, &mut buffers)).await,
            }
        })
    };
    let mut slots: Vec<_> = (0..SLOTS).map(new_slot).collect();
    for _ in 0..4_000_000 {
        let now = net.now();
        let wake = server.poll(now, &mut device, &mut device_interface, &mut slots);
        let clients_wake = clients.poll(now, &mut wire);
        let mut sim = SimState {
            clients: &mut clients,
            counts: server.socket_counts(),
            now,
            net: &net,
            interface: &mut device_interface,
            replace_slots: false,
            stop: false,
            publish: false,
            waiting: site.waiting.get(),
        };
        if step(&mut sim) {
            return;
        }
        let SimState { replace_slots, stop, publish, .. } = sim;
        if stop {
            server.stop();
            continue;
        }
        site.published.set(site.published.get() + u32::from(publish));
        if replace_slots {
            slots = (0..SLOTS).map(new_slot).collect();
        }
        net.pass(wake.into_iter().chain(clients_wake).min());
    }
    let received: Vec<_> =
        (0..clients.all.len()).map(|number| (clients.state(number), clients.text(number))).collect();
    panic!("the test does not end: {:?} at {:?}: {received:?}", server.socket_counts(), net.now());
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

pub(crate) fn post(body: &[u8]) -> Vec<u8> {
    [format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body]
        .concat()
}

/// Returns the number of complete responses that a client has received.
pub(crate) fn responses(sim: &SimState<'_>, client: usize) -> usize {
    read(&sim.clients.all[client].received, |_| false).map_or(0, |responses| responses.len())
}

/// Returns true if every socket listens.
pub(crate) fn all_listen(sim: &SimState<'_>) -> bool {
    sim.counts.listening == SOCKETS
}
