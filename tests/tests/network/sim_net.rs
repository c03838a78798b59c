//! A simulation: a device and its clients over a simulated network, with a simulated clock.

use std::cell::Cell;
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site};
use bantam_embedded::tcp::{SocketCounts, TcpServer, serve_slot};
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
    interface: Interface,
    sockets: SocketSet<'static>,
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
}

/// The site of `www`, and pages of its own: `/minute` pauses for a minute, `/slow` reads a kilobyte a second, and `/spin`
/// pauses for no time, again and again, until `/release` is requested.
#[derive(Default)]
pub(crate) struct TestSite {
    is_released: Cell<bool>,
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
            _ => return Www::new().request_handler(details).await,
        }
        connection.make_response(Response::new(Status::OK).body(body)).await
    }
}

fn instant(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as i64)
}

fn interface(device: &mut impl Device, last: u8) -> Interface {
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

    /// Sends and receives.
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

/// Runs the simulation. Calls `step` after every poll, until it returns true.
///
/// # Panics
/// Panics if `step` has not returned true after four million polls.
pub(crate) fn run_with(
    deadlines: Deadlines,
    seed: u64,
    faults: Faults,
    v6: bool,
    mut step: impl FnMut(&mut SimState<'_>) -> bool,
) {
    let net = Net::new(seed, faults);
    let (mut device, mut wire) = (net.end(0), net.end(1));
    let mut device_interface = interface(&mut device, 1);
    let mut clients = Clients {
        interface: interface(&mut wire, 2),
        sockets: SocketSet::new(Vec::new()),
        all: Vec::new(),
        device_address: if v6 {
            IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, 1)
        } else {
            IpAddress::v4(10, 0, 0, 1)
        },
        next_port: 49_152,
    };
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
            Box::pin(serve_slot(&server, &site, &mut buffers)).await
        })
    };
    let mut slots: Vec<_> = (0..SLOTS).map(new_slot).collect();
    for _ in 0..4_000_000 {
        let now = net.now();
        let wake = server.poll(now, &mut device, &mut device_interface, &mut slots);
        clients.interface.poll(instant(now), &mut wire, &mut clients.sockets);
        clients.transfer();
        clients.interface.poll(instant(now), &mut wire, &mut clients.sockets);
        let clients_wake = clients.interface.poll_at(instant(now), &clients.sockets);
        let clients_wake = clients_wake.map(|at| Duration::from_micros(at.total_micros() as u64));
        let mut sim = SimState {
            clients: &mut clients,
            counts: server.socket_counts(),
            now,
            net: &net,
            interface: &mut device_interface,
            replace_slots: false,
        };
        if step(&mut sim) {
            return;
        }
        if sim.replace_slots {
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
