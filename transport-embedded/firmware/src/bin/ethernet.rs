//! bantam's site over Ethernet: smoltcp, no executor, 8 connections and one to spare.

#![no_std]
#![no_main]

use core::pin::Pin;
use core::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::tcp::{Census, Stack, slot};
#[cfg(feature = "dhcp")]
use bantam_embedded::tcp::{Dhcp, Lease};
#[cfg(feature = "dhcp")]
use bantam_firmware::about::decimal;
use bantam_firmware::about::{Device, Report, Text, say};
use bantam_firmware::clock::Clock;
use bantam_firmware::mac::Mac;
use bantam_firmware::place::Place;
use bantam_firmware::{console, memory, sleep};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use heapless::Vec;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress};
use static_cell::{ConstStaticCell, StaticCell};

/// Eight connections, and one that waits until another has ended.
const SOCKETS: usize = 9;
/// With the one that asks for an address.
const ALL_SOCKETS: usize = SOCKETS + if cfg!(feature = "dhcp") { 1 } else { 0 };
/// How many of them can be in the middle of a request: one for each connection, so that none waits for another.
const SLOTS: usize = 8;
/// What is received and not yet read, and what is sent and not yet acknowledged.
const RECEIVE: usize = 512;
const SEND: usize = 640;
/// What the future of a slot has as its memory: a little more than it needs, for the next compiler. One that is larger does
/// not compile.
const FUTURE: usize = 776;

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::new());
// Filled at run time: empty storage is not all zeros, and would lie in flash as large as it is in RAM.
static STORAGE: ConstStaticCell<Vec<SocketStorage<'static>, ALL_SOCKETS>> = ConstStaticCell::new(Vec::new());
static INTERFACE: StaticCell<Interface> = StaticCell::new();
static BYTES: ConstStaticCell<[[u8; RECEIVE + SEND]; SOCKETS]> =
    ConstStaticCell::new([[0; RECEIVE + SEND]; SOCKETS]);
static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
    ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
static FUTURES: [Place<FUTURE>; SLOTS] = [const { Place::new() }; SLOTS];
static STACK: StaticCell<Stack<'static, SOCKETS>> = StaticCell::new();

/// What `/status` is made of.
struct State {
    clock: &'static Clock,
    stack: &'static Stack<'static, SOCKETS>,
}

static CLOCK: StaticCell<Clock> = StaticCell::new();
static SITE: StaticCell<Device<State>> = StaticCell::new();

impl Report for State {
    fn uptime(&self) -> Duration {
        self.clock.now()
    }

    fn sockets(&self, text: &mut Text) {
        let Census { listening, waiting, served, closing } = self.stack.census();
        for (number, state) in [
            (listening, " listening, "),
            (waiting, " waiting, "),
            (served, " served, "),
            (closing, " closing"),
        ] {
            say(text, "", number, state);
        }
    }
}

#[cfg(feature = "dhcp")]
fn say_lease(lease: Lease) {
    let Lease::Of(address) = lease else { return console::say(b"The address is lost.\n") };
    console::say(b"READY http:/");
    for (octet, before) in address.address().octets().into_iter().zip([b"/", b".", b".", b"."]) {
        console::say(before);
        console::say(decimal(octet.into()).trim_ascii_start());
    }
    console::say(b"/\n");
}

// What is set up is set up in functions of its own, none of it on the stack of `main`, which is never given back.

#[inline(never)]
fn network(mac: &mut Mac) -> &'static mut Interface {
    let address = HardwareAddress::Ethernet(EthernetAddress(mac.start()));
    let interface = INTERFACE.init(Interface::new(Config::new(address), mac, Instant::ZERO));
    #[cfg(not(feature = "dhcp"))]
    {
        use smoltcp::wire::{IpAddress, IpCidr, Ipv4Address};
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(IpCidr::new(IpAddress::v4(10, 0, 2, 15), 24));
        });
        let _ = interface.routes_mut().add_default_ipv4_route(Ipv4Address::new(10, 0, 2, 2));
    }
    interface
}

#[inline(never)]
fn server() -> &'static mut Stack<'static, SOCKETS> {
    let storage = STORAGE.take();
    while storage.push(SocketStorage::EMPTY).is_ok() {}
    let stack = STACK.init(Stack::new(SocketSet::new(&mut storage[..]), 80, Deadlines::DEFAULT));
    for memory in BYTES.take() {
        let (receive, send) = memory.split_at_mut(RECEIVE);
        stack.add(receive, send);
    }
    stack
}

#[inline(never)]
fn slots(
    clock: &'static Clock,
    stack: &'static Stack<'static, SOCKETS>,
) -> [Pin<&'static mut impl Future>; SLOTS] {
    let site: &'static Device<State> = SITE.init(Device::new(State { clock, stack }));
    let mut places = FUTURES.iter().zip(BUFFERS.take());
    core::array::from_fn(|_| {
        let Some((place, buffers)) = places.next() else { unreachable!("there is a place for every slot") };
        place.put(slot(stack, site, buffers))
    })
}

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    let clock: &'static Clock = CLOCK.init(Clock::start(peripherals.SYST));
    sleep::prepare();

    let mac = MAC.take();
    let interface = network(mac);
    let stack = server();
    #[cfg(feature = "dhcp")]
    let dhcp = Dhcp::new(stack);
    let stack: &'static Stack<'static, SOCKETS> = stack;
    let mut slots = slots(clock, stack);
    #[cfg(not(feature = "dhcp"))]
    console::say(b"READY http://10.0.2.15/\n");
    loop {
        let wake = stack.poll(clock.now(), mac, interface, &mut slots);
        #[cfg(feature = "dhcp")]
        if let Some(lease) = dhcp.turn(stack, interface) {
            say_lease(lease);
            continue;
        }
        sleep::until(clock, wake);
    }
}
