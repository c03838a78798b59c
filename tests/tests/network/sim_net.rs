//! A device and its clients, joined by a cable, in time of their own.

use std::time::Duration;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site};
use bantam_embedded::tcp::{Census, Stack, slot};
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

/// A client: what it says, and what it has heard.
pub(crate) struct Client {
    handle: SocketHandle,
    says: Vec<u8>,
    pub(crate) heard: Vec<u8>,
    port: u16,
    /// Hears nothing while this is set.
    pub(crate) deaf: bool,
    /// Ends its side when everything has been said.
    pub(crate) ends: bool,
}

/// The clients' side.
pub(crate) struct Clients {
    interface: Interface,
    sockets: SocketSet<'static>,
    pub(crate) all: Vec<Client>,
    pub(crate) device_address: IpAddress,
    next_port: u16,
}

/// What a test sees of the world between two moments.
pub(crate) struct Moment<'w> {
    pub(crate) clients: &'w mut Clients,
    pub(crate) census: Census,
    pub(crate) now: Duration,
    pub(crate) net: &'w Net,
    /// The device's own.
    pub(crate) interface: &'w mut Interface,
    /// Are all slots dropped now, and others put in their places?
    pub(crate) renews_slots: bool,
}

/// The site, and a page that takes a minute.
pub(crate) struct Lab;

impl Site for Lab {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path != "/minute" {
            return Www.request_handler(details).await;
        }
        details.connection.pause(Duration::from_secs(60)).await?;
        details.connection.make_response(Response::new(Status::OK).body(b"a minute later")).await
    }
}

fn instant(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as i64)
}

fn interface(device: &mut impl Device, last: u8) -> Interface {
    let hardware = HardwareAddress::Ethernet(EthernetAddress([2, 0, 0, 0, 0, last]));
    let mut interface = Interface::new(Config::new(hardware), device, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, last), 24)).expect("room");
        addresses.push(IpCidr::new(IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, last.into()), 64)).expect("room");
    });
    interface
}

impl Clients {
    /// A client that connects and says this; its number.
    pub(crate) fn connect(&mut self, says: impl Into<Vec<u8>>) -> usize {
        let buffer = || SocketBuffer::new(vec![0; 4096]);
        let handle = self.sockets.add(Socket::new(buffer(), buffer()));
        let client =
            Client { handle, says: says.into(), heard: Vec::new(), port: 0, deaf: false, ends: false };
        self.all.push(client);
        self.reconnect(self.all.len() - 1);
        self.all.len() - 1
    }

    /// Lets a client try again, under another port.
    pub(crate) fn reconnect(&mut self, number: usize) {
        self.next_port += 1;
        let client = &mut self.all[number];
        client.port = self.next_port;
        let socket = self.sockets.get_mut::<Socket<'_>>(client.handle);
        socket.abort();
        socket
            .connect(self.interface.context(), (self.device_address, 80), self.next_port)
            .expect("a way there");
    }

    /// A client that has been let in again begins anew.
    pub(crate) fn restart(&mut self, number: usize, says: &[u8]) {
        self.all[number].heard.clear();
        self.all[number].says = says.to_vec();
    }

    pub(crate) fn say(&mut self, number: usize, more: &[u8]) {
        self.all[number].says.extend_from_slice(more);
    }

    /// Has the device reset or refused this client?
    pub(crate) fn is_gone(&self, number: usize) -> bool {
        matches!(self.state(number), State::Closed)
    }

    /// Has the device ended its side?
    pub(crate) fn is_over(&self, number: usize) -> bool {
        matches!(self.state(number), State::CloseWait | State::Closed | State::TimeWait | State::LastAck)
    }

    pub(crate) fn state(&self, number: usize) -> State {
        self.sockets.get::<Socket<'_>>(self.all[number].handle).state()
    }

    /// Resets a connection.
    pub(crate) fn reset(&mut self, number: usize) {
        self.sockets.get_mut::<Socket<'_>>(self.all[number].handle).abort();
    }

    pub(crate) fn text(&self, number: usize) -> String {
        String::from_utf8_lossy(&self.all[number].heard).into_owned()
    }

    fn turn(&mut self) {
        for client in &mut self.all {
            let socket = self.sockets.get_mut::<Socket<'_>>(client.handle);
            if let Ok(count @ 1..) = socket.send_slice(&client.says) {
                client.says.drain(..count);
            }
            let mut memory = [0; 4096];
            while let Ok(count @ 1..) = if client.deaf { Ok(0) } else { socket.recv_slice(&mut memory) } {
                client.heard.extend_from_slice(&memory[..count]);
            }
            let finished = client.says.is_empty() && client.ends;
            if socket.state() == State::CloseWait && !client.deaf || finished && socket.may_send() {
                socket.close();
            }
        }
    }
}

/// Lets the world go on until a test has seen what it waits for.
///
/// `go` is called at every moment; it says `true` when the test is over.
pub(crate) fn run(seed: u64, faults: Faults, v6: bool, mut go: impl FnMut(&mut Moment<'_>) -> bool) {
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
    let mut memory = vec![[0; 2048]; SOCKETS];
    let mut stack = Stack::<SOCKETS>::new(SocketSet::new(Vec::new()), 80, Deadlines::DEFAULT);
    for memory in &mut memory {
        let (receive, send) = memory.split_at_mut(1024);
        assert!(stack.add(receive, send));
    }
    let fresh = |_| {
        Box::pin(async {
            let mut buffers = Buffers::<INPUT, OUTPUT>::new();
            slot(&stack, &Lab, &mut buffers).await
        })
    };
    let mut slots: Vec<_> = (0..SLOTS).map(fresh).collect();
    for _ in 0..4_000_000 {
        let now = net.now();
        let wake = stack.poll(now, &mut device, &mut device_interface, &mut slots);
        clients.interface.poll(instant(now), &mut wire, &mut clients.sockets);
        clients.turn();
        clients.interface.poll(instant(now), &mut wire, &mut clients.sockets);
        let theirs = clients.interface.poll_at(instant(now), &clients.sockets);
        let theirs = theirs.map(|at| Duration::from_micros(at.total_micros() as u64));
        let mut moment = Moment {
            clients: &mut clients,
            census: stack.census(),
            now,
            net: &net,
            interface: &mut device_interface,
            renews_slots: false,
        };
        if go(&mut moment) {
            return;
        }
        if moment.renews_slots {
            slots = (0..SLOTS).map(fresh).collect();
        }
        net.pass(wake.into_iter().chain(theirs).min());
    }
    let heard: Vec<_> =
        (0..clients.all.len()).map(|number| (clients.state(number), clients.text(number))).collect();
    panic!("it never ends: {:?} at {:?}: {heard:?}", stack.census(), net.now());
}
