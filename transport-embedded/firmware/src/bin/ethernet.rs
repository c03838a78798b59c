//! The Ethernet image over smoltcp: no executor, 8 slots, and one socket more.

#![no_std]
#![no_main]

use core::pin::Pin;
use core::time::Duration;

use bantam::{Buffers, Deadlines};
#[cfg(feature = "dhcp")]
use bantam_embedded::tcp::{Dhcp, DhcpEvent};
use bantam_embedded::tcp::{TcpServer, serve_slot};
use bantam_firmware::board::{BoardClock, Mac, clock, entry, sleep};
use bantam_firmware::static_slot::StaticSlot;
#[cfg(feature = "dhcp")]
use bantam_firmware::status_page::decimal;
use bantam_firmware::status_page::{DeviceSite, DeviceStatus, StatusText, push_number};
use bantam_firmware::{console, smoltcp_device};
use heapless::Vec;
use smoltcp::iface::{Interface, SocketSet, SocketStorage};
use static_cell::{ConstStaticCell, StaticCell};

/// One more than there are slots: the ninth connection waits until another is closed.
const SOCKETS: usize = 9;
/// With the DHCP socket.
const ALL_SOCKETS: usize = SOCKETS + if cfg!(feature = "dhcp") { 1 } else { 0 };
/// How many requests are served at once.
const SLOTS: usize = 8;
/// The bytes of a receive and a send buffer.
const RECEIVE: usize = 512;
const SEND: usize = 640;
/// The bytes for the future of a slot, with a margin for other compilers. A larger future does not compile.
const FUTURE: usize = if cfg!(feature = "site") { 1500 } else { 800 };

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
// Filled at run time: empty storage is not all zeros, so its initial value would take as much flash as RAM.
static STORAGE: ConstStaticCell<Vec<SocketStorage<'static>, ALL_SOCKETS>> = ConstStaticCell::new(Vec::new());
static INTERFACE: StaticCell<Interface> = StaticCell::new();
static BYTES: ConstStaticCell<[[u8; RECEIVE + SEND]; SOCKETS]> =
    ConstStaticCell::new([[0; RECEIVE + SEND]; SOCKETS]);
static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
    ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
static FUTURES: [StaticSlot<FUTURE>; SLOTS] = [const { StaticSlot::empty() }; SLOTS];
static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();

struct SmoltcpStatus {
    clock: BoardClock,
    server: &'static TcpServer<'static, SOCKETS>,
}

static SITE: StaticCell<DeviceSite<SmoltcpStatus>> = StaticCell::new();

impl DeviceStatus for SmoltcpStatus {
    fn uptime(&self) -> Duration {
        self.clock.now()
    }

    fn push_sockets(&self, text: &mut StatusText) {
        let counts = self.server.socket_counts();
        for (number, state) in [
            (counts.listening, " listening, "),
            (counts.waiting, " waiting, "),
            (counts.served, " served, "),
            (counts.closing, " closing"),
        ] {
            push_number(text, "", number, state);
        }
    }
}

#[cfg(feature = "dhcp")]
fn print_address(event: DhcpEvent) {
    let DhcpEvent::Configured(address) = event else { return console::print(b"The address is lost.\n") };
    console::print(b"READY http:/");
    for (octet, before) in address.address().octets().into_iter().zip([b"/", b".", b".", b"."]) {
        console::print(before);
        console::print(decimal(octet.into()).trim_ascii_start());
    }
    console::print(b"/\n");
}

// Not inlined, so that their locals are not part of the frame of `main`, which lives for ever.

#[inline(never)]
fn start_network(mac: &mut Mac) -> &'static mut Interface {
    let interface = INTERFACE.init(smoltcp_device::start(mac));
    #[cfg(not(feature = "dhcp"))]
    smoltcp_device::set_address(interface);
    interface
}

#[inline(never)]
fn new_server() -> &'static mut TcpServer<'static, SOCKETS> {
    let storage = STORAGE.take();
    while storage.push(SocketStorage::EMPTY).is_ok() {}
    let server = SERVER.init(TcpServer::new(SocketSet::new(&mut storage[..]), 80, Deadlines::DEFAULT));
    for memory in BYTES.take() {
        let (receive, send) = memory.split_at_mut(RECEIVE);
        server.add(receive, send);
    }
    server
}

#[inline(never)]
fn new_slots(
    server: &'static TcpServer<'static, SOCKETS>,
    site: &'static DeviceSite<SmoltcpStatus>,
) -> [Pin<&'static mut impl Future>; SLOTS] {
    let mut memory = FUTURES.iter().zip(BUFFERS.take());
    core::array::from_fn(|_| {
        let Some((future, buffers)) = memory.next() else { unreachable!("there is memory for every slot") };
        future.init(serve_slot(server, site, buffers))
    })
}

#[entry]
fn main() -> ! {
    let clock = clock::start();
    sleep::enable_interrupts();

    let mac = MAC.take();
    let interface = start_network(mac);
    let server = new_server();
    #[cfg(feature = "dhcp")]
    let dhcp = Dhcp::new(server);
    let server: &'static TcpServer<'static, SOCKETS> = server;
    let site: &'static DeviceSite<SmoltcpStatus> =
        SITE.init(DeviceSite::new(SmoltcpStatus { clock, server }));
    let clock = &site.status.clock;
    let mut slots = new_slots(server, site);
    #[cfg(not(feature = "dhcp"))]
    console::print(b"READY http://10.0.2.15/\n");
    loop {
        let wake = server.poll(clock.now(), mac, interface, &mut slots);
        #[cfg(feature = "dhcp")]
        if let Some(event) = dhcp.poll(server, interface) {
            print_address(event);
            continue;
        }
        sleep::until(clock, wake);
    }
}
