//! The image with a JSON API over smoltcp: the pages of the example `json_api` of bantam-std, with a `Cell` for each number.

#![no_std]
#![no_main]

#[path = "../../../../transport-std/examples/json_api/app.rs"]
mod app;

use core::array::from_fn;
use core::cell::Cell;

use app::App;
use bantam::{Buffers, Deadlines};
use bantam_embedded::tcp::{TcpServer, serve_slot};
use bantam_firmware::board::{Mac, clock, entry, sleep};
use bantam_firmware::static_slot::StaticSlot;
use bantam_firmware::{console, smoltcp_device};
use smoltcp::iface::{SocketSet, SocketStorage};
use static_cell::{ConstStaticCell, StaticCell};

const SOCKETS: usize = 8;
static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();
static BYTES: ConstStaticCell<[[[u8; 512]; 2]; SOCKETS]> = ConstStaticCell::new([[[0; 512]; 2]; SOCKETS]);
static BUFFERS: [ConstStaticCell<Buffers<512, 512>>; SOCKETS] =
    [const { ConstStaticCell::new(Buffers::new()) }; SOCKETS];
static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();
static SITE: StaticCell<App> = StaticCell::new();
static SLOTS: [StaticSlot<900>; SOCKETS] = [const { StaticSlot::empty() }; SOCKETS];

/// A number of the only thread.
#[derive(Default)]
struct Number(Cell<u32>);

impl Number {
    fn add(&self, count: u32) -> u32 {
        self.0.set(self.0.get().wrapping_add(count));
        self.0.get()
    }
}

#[entry]
fn main() -> ! {
    let (clock, mac, site) = (clock::start(), MAC.take(), &*SITE.init(App::default()));
    sleep::enable_interrupts();
    let mut interface = smoltcp_device::start(mac);
    smoltcp_device::set_address(&mut interface);
    let sockets = SocketSet::new(&mut STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS])[..]);
    let server = SERVER.init_with(|| TcpServer::new(sockets, 80, Deadlines::DEFAULT));
    for [receive, send] in BYTES.take() {
        server.add(receive, send);
    }
    let server = &*server;
    let mut slots = from_fn::<_, SOCKETS, _>(|n| SLOTS[n].init(serve_slot(server, site, BUFFERS[n].take())));
    console::print(b"READY http://10.0.2.15/counters/0\n");
    loop {
        sleep::until(&clock, server.poll(clock.now(), mac, &mut interface, &mut slots));
    }
}
