//! bantam's site over Ethernet: smoltcp, no executor, 8 connections and one to spare.

#![no_std]
#![no_main]

use core::fmt::{self, Write};
use core::pin::pin;
use core::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::tcp::{Census, Stack, slot};
use bantam_firmware::about::{Device, Report};
use bantam_firmware::clock::Clock;
use bantam_firmware::mac::Mac;
use bantam_firmware::{memory, sleep};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, Ipv4Address};
use static_cell::{ConstStaticCell, StaticCell};

/// Eight connections, and one that waits until another has ended.
const SOCKETS: usize = 9;
/// How many of them can be in the middle of a request.
const SLOTS: usize = 4;

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::new());
static STORAGE: ConstStaticCell<[SocketStorage<'static>; SOCKETS]> =
    ConstStaticCell::new([SocketStorage::EMPTY; SOCKETS]);
static BYTES: ConstStaticCell<[[u8; 2048]; SOCKETS]> = ConstStaticCell::new([[0; 2048]; SOCKETS]);
static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
    ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
static STACK: StaticCell<Stack<'static, SOCKETS>> = StaticCell::new();

static CLOCK: StaticCell<Clock> = StaticCell::new();

/// What `/status` says.
struct State {
    clock: &'static Clock,
    stack: &'static Stack<'static, SOCKETS>,
}

impl Report for State {
    fn uptime(&self) -> Duration {
        self.clock.now()
    }

    fn sockets(&self, text: &mut impl Write) -> fmt::Result {
        let Census { listening, waiting, served, closing } = self.stack.census();
        write!(text, "{listening} listening, {waiting} waiting, {served} served, {closing} closing")
    }
}

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    let clock: &'static Clock = CLOCK.init(Clock::start(peripherals.SYST));
    sleep::prepare();

    let mac = MAC.take();
    let address = HardwareAddress::Ethernet(EthernetAddress(mac.start()));
    let mut interface = Interface::new(Config::new(address), mac, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(IpAddress::v4(10, 0, 2, 15), 24));
    });
    let _ = interface.routes_mut().add_default_ipv4_route(Ipv4Address::new(10, 0, 2, 2));

    let mut stack = Stack::new(SocketSet::new(&mut STORAGE.take()[..]), 80, Deadlines::DEFAULT);
    for memory in BYTES.take() {
        let (receive, send) = memory.split_at_mut(1024);
        stack.add(receive, send);
    }
    let stack: &'static Stack<'static, SOCKETS> = STACK.init(stack);
    let site = Device(State { clock, stack });
    let [a, b, c, d] = BUFFERS.take();
    let mut slots = [
        pin!(slot(stack, &site, a)),
        pin!(slot(stack, &site, b)),
        pin!(slot(stack, &site, c)),
        pin!(slot(stack, &site, d)),
    ];
    hprintln!("READY http://10.0.2.15/");
    loop {
        let wake = stack.poll(clock.now(), mac, &mut interface, &mut slots);
        sleep::until(clock, wake);
    }
}
