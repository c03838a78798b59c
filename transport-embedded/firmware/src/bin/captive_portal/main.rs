//! A captive portal: a form for the WiFi network to join, which a phone opens by itself when it joins the network of the board.
//!
//! `dns.rs` answers every question with the board's address, and `portal.rs` redirects what then comes for other hosts. Both are without I/O and work as
//! well over embassy-net, whose `UdpSocket` takes the place of `dns_socket.rs`. What a board needs beside them is an access point, which is a matter of its
//! radio, and a DHCP server that gives out addresses and names the board as router and as DNS server: the crate `edge-dhcp` is one. QEMU has neither:
//! its network gives out addresses of its own.

#![no_std]
#![no_main]

mod dns;
mod dns_socket;
mod portal;

use core::array::from_fn;
use core::net::Ipv4Addr;

use bantam::{Buffers, Deadlines, Layered, Site};
use bantam_embedded::tcp::{TcpServer, serve_slot};
use bantam_firmware::board::{Mac, clock, entry, sleep};
use bantam_firmware::static_slot::StaticSlot;
use bantam_firmware::{console, smoltcp_device};
use dns_socket::{DnsMemory, DnsSocket};
use portal::{RedirectHosts, Setup};
use smoltcp::iface::{SocketSet, SocketStorage};
use static_cell::{ConstStaticCell, StaticCell};

/// That of the board in QEMU's network.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// A phone opens several connections for its probes and the page.
const SOCKETS: usize = 8;
const SLOTS: usize = 4;

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
/// One more for DNS.
static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS + 1]> = StaticCell::new();
static BYTES: ConstStaticCell<[[[u8; 512]; 2]; SOCKETS]> = ConstStaticCell::new([[[0; 512]; 2]; SOCKETS]);
static BUFFERS: [ConstStaticCell<Buffers<1024, 512>>; SLOTS] =
    [const { ConstStaticCell::new(Buffers::new()) }; SLOTS];
static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();
static DNS: StaticCell<DnsMemory> = StaticCell::new();
static SETUP: ConstStaticCell<Setup> = ConstStaticCell::new(Setup::new());
static SITE: StaticCell<Layered<RedirectHosts, &'static Setup>> = StaticCell::new();
static FUTURES: [StaticSlot<1400>; SLOTS] = [const { StaticSlot::empty() }; SLOTS];

#[entry]
fn main() -> ! {
    let (clock, mac) = (clock::start(), MAC.take());
    let setup: &Setup = SETUP.take();
    let site = &*SITE.init(setup.layer(RedirectHosts(ADDRESS)));
    sleep::enable_interrupts();
    let mut interface = smoltcp_device::start(mac);
    smoltcp_device::set_address(&mut interface);
    let sockets = SocketSet::new(&mut STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS + 1])[..]);
    let server = SERVER.init_with(|| TcpServer::new(sockets, 80, Deadlines::DEFAULT));
    for [receive, send] in BYTES.take() {
        server.add(receive, send);
    }
    let dns = DnsSocket::new(server, DNS.init_with(DnsMemory::new), ADDRESS);
    let server = &*server;
    let mut slots = from_fn::<_, SLOTS, _>(|n| FUTURES[n].init(serve_slot(server, site, BUFFERS[n].take())));
    console::print(b"READY http://10.0.2.15/\n");
    loop {
        let wake = server.poll(clock.now(), mac, &mut interface, &mut slots);
        if let Some(network) = setup.new_network() {
            // Here a board would leave its own network and join this one with `network.password`.
            for part in [
                "The network is ",
                &network.name,
                if network.password.is_empty() { ", open.\n" } else { ".\n" },
            ] {
                console::print(part.as_bytes());
            }
        }
        if !dns.poll(server) {
            sleep::until(&clock, wake);
        }
    }
}
