//! The image: the site over HTTPS on port 443 of QEMU's `virt`, over smoltcp, with a heap for Mbed TLS and random bytes of virtio's
//! entropy device.

#![no_std]
#![no_main]

mod c_library;
mod heap;
mod random;

use core::pin::Pin;
use core::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::tcp::{TcpServer, serve_slot_through};
use bantam_firmware::board::{BoardClock, Mac, clock, entry, sleep};
use bantam_firmware::static_slot::StaticSlot;
use bantam_firmware::status_page::{DeviceSite, DeviceStatus, StatusText, push_number};
use bantam_firmware::{console, smoltcp_device};
use bantam_firmware_tls::TlsLayer;
use heapless::Vec;
use mbedtls_rs::Tls;
use random::DeviceRandom;
use smoltcp::iface::{Interface, SocketSet, SocketStorage};
use static_cell::{ConstStaticCell, StaticCell};

/// How many connections are served at once. Each keeps its slot and its session until it ends.
const SLOTS: usize = 3;
/// One more: the next connection waits until another is closed.
const SOCKETS: usize = SLOTS + 1;
/// The bytes of a receive and a send buffer. A segment fills a receive buffer.
const RECEIVE: usize = 512;
const SEND: usize = 1024;
/// The bytes for the future of a slot, with a margin for other compilers. A larger future does not compile.
const FUTURE: usize = 2400;

/// The certificate and its key (`build.rs`).
const CERTIFICATE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/certificate.der"));
const KEY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/key.der"));

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
// Filled at run time: empty storage is not all zeros, so its initial value would take as much flash as RAM.
static STORAGE: ConstStaticCell<Vec<SocketStorage<'static>, SOCKETS>> = ConstStaticCell::new(Vec::new());
static INTERFACE: StaticCell<Interface> = StaticCell::new();
static BYTES: ConstStaticCell<[[u8; RECEIVE + SEND]; SOCKETS]> =
    ConstStaticCell::new([[0; RECEIVE + SEND]; SOCKETS]);
static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
    ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
static FUTURES: [StaticSlot<FUTURE>; SLOTS] = [const { StaticSlot::empty() }; SLOTS];
static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();
static CLOCK: StaticCell<BoardClock> = StaticCell::new();
static SITE: StaticCell<DeviceSite<HttpsStatus>> = StaticCell::new();
static RANDOM: StaticCell<DeviceRandom> = StaticCell::new();
static TLS: StaticCell<Tls<'static>> = StaticCell::new();
static LAYER: StaticSlot<{ size_of::<TlsLayer>() }> = StaticSlot::empty();

struct HttpsStatus {
    clock: &'static BoardClock,
    server: &'static TcpServer<'static, SOCKETS>,
}

impl DeviceStatus for HttpsStatus {
    fn uptime(&self) -> Duration {
        self.clock.now()
    }

    fn push_sockets(&self, text: &mut StatusText) {
        let counts = self.server.socket_counts();
        push_number(text, "", counts.listening, " listening, ");
        push_number(text, "", counts.served, " served\nheap ");
        push_number(text, "", heap::used(), " bytes in use, ");
        push_number(text, "", heap::peak(), " at the peak");
    }
}

// Not inlined, so that their locals are not part of the frame of `main`, which lives for ever.

/// Starts TLS, or ends the program: without random bytes there is none.
#[inline(never)]
fn start_tls() -> &'static TlsLayer {
    let Some(random) = DeviceRandom::start() else {
        refuse(b"no TLS without random bytes: the machine has no entropy device, or it repeats itself (-device virtio-rng-device)\n");
    };
    heap::start();
    let Ok(tls) = Tls::new(RANDOM.init(random)) else { refuse(b"TLS is started already\n") };
    let Ok(layer) = TlsLayer::new(TLS.init(tls), CERTIFICATE, KEY) else {
        refuse(b"the certificate or its key is not valid DER\n");
    };
    LAYER.init(layer).into_ref().get_ref()
}

/// Prints why the image serves nothing, and ends the program as failed.
fn refuse(reason: &[u8]) -> ! {
    console::print(b"REFUSED ");
    console::print(reason);
    panic!("see above");
}

#[inline(never)]
fn start_network(mac: &mut Mac) -> &'static mut Interface {
    let interface = INTERFACE.init(smoltcp_device::start(mac));
    smoltcp_device::set_address(interface);
    interface
}

#[inline(never)]
fn new_server() -> &'static mut TcpServer<'static, SOCKETS> {
    let storage = STORAGE.take();
    while storage.push(SocketStorage::EMPTY).is_ok() {}
    let server = SERVER.init(TcpServer::new(SocketSet::new(&mut storage[..]), 443, Deadlines::DEFAULT));
    for memory in BYTES.take() {
        let (receive, send) = memory.split_at_mut(RECEIVE);
        server.add(receive, send);
    }
    server
}

#[inline(never)]
fn new_slots(
    clock: &'static BoardClock,
    server: &'static TcpServer<'static, SOCKETS>,
    layer: &'static TlsLayer,
) -> [Pin<&'static mut impl Future>; SLOTS] {
    let site: &'static DeviceSite<HttpsStatus> = SITE.init(DeviceSite::new(HttpsStatus { clock, server }));
    let mut memory = FUTURES.iter().zip(BUFFERS.take());
    core::array::from_fn(|_| {
        let Some((future, buffers)) = memory.next() else { unreachable!("there is memory for every slot") };
        future.init(serve_slot_through(server, layer, site, buffers))
    })
}

#[entry]
fn main() -> ! {
    let clock: &'static BoardClock = CLOCK.init(clock::start());
    sleep::enable_interrupts();

    let layer = start_tls();
    let mac = MAC.take();
    let interface = start_network(mac);
    let server: &'static TcpServer<'static, SOCKETS> = new_server();
    let mut slots = new_slots(clock, server, layer);
    console::print(b"READY https://10.0.2.15/\n");
    loop {
        let wake = server.poll(clock.now(), mac, interface, &mut slots);
        sleep::until(clock, wake);
    }
}
