//! `ethernet` with two pages instead of the site: what a small device of one's own costs.

#![no_std]
#![no_main]

use core::array::from_fn;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Site};
use bantam_embedded::tcp::{TcpServer, serve_slot};
use bantam_firmware::board::{Mac, clock, entry, sleep};
use bantam_firmware::static_slot::StaticSlot;
use bantam_firmware::{console, smoltcp_device};
use smoltcp::iface::{SocketSet, SocketStorage};
use static_cell::{ConstStaticCell, StaticCell};

/// One more than there are slots, as in `ethernet`.
const SOCKETS: usize = 9;
const SLOTS: usize = 8;

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();
static BYTES: ConstStaticCell<[([u8; 512], [u8; 640]); SOCKETS]> =
    ConstStaticCell::new([([0; 512], [0; 640]); SOCKETS]);
static BUFFERS: [ConstStaticCell<Buffers<1024, 512>>; SLOTS] =
    [const { ConstStaticCell::new(Buffers::new()) }; SLOTS];
static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();
static FUTURES: [StaticSlot<800>; SLOTS] = [const { StaticSlot::empty() }; SLOTS];

struct Pages;

impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet/{name}" => greet,
    }
}

async fn home<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details
        .pieces(
            Status::OK,
            "text/html; charset=utf-8",
            &["<h1>bantam</h1>\n<a href=\"/greet/Ada\">greet</a>\n"],
        )
        .await
}

async fn greet<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    // As it was sent, for a client that decodes it.
    let name = details.param_raw("name").unwrap_or("");
    details.pieces(Status::OK, "text/plain", &["Hello, ", name, "!\n"]).await
}

#[entry]
fn main() -> ! {
    let (clock, mac) = (clock::start(), MAC.take());
    sleep::enable_interrupts();
    let mut interface = smoltcp_device::start(mac);
    smoltcp_device::set_address(&mut interface);
    let sockets = SocketSet::new(&mut STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS])[..]);
    let server = SERVER.init_with(|| TcpServer::new(sockets, 80, Deadlines::DEFAULT));
    for (receive, send) in BYTES.take() {
        server.add(receive, send);
    }
    let server = &*server;
    let mut slots =
        from_fn::<_, SLOTS, _>(|n| FUTURES[n].init(serve_slot(server, &Pages, BUFFERS[n].take())));
    console::print(b"READY http://10.0.2.15/\n");
    loop {
        sleep::until(&clock, server.poll(clock.now(), mac, &mut interface, &mut slots));
    }
}
