//! bantam's site over Ethernet: smoltcp, no executor, 8 connections and one to spare.

#![no_std]
#![no_main]

use core::fmt::Write as _;
use core::pin::pin;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site};
use bantam_embedded::tcp::{Stack, slot};
use bantam_firmware::clock::Clock;
use bantam_firmware::mac::Mac;
use bantam_firmware::{memory, sleep};
use bantam_www::Www;
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use heapless::String;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, Ipv4Address};
use static_cell::{ConstStaticCell, StaticCell};

/// Eight connections, and one that waits until another has ended.
const SOCKETS: usize = 9;
/// How many of them can be in the middle of a request.
const SLOTS: usize = 4;

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::new());
// Not const: empty storage is not all zeros, and would lie in flash as large as it is in RAM.
static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();
static BYTES: ConstStaticCell<[[u8; 2048]; SOCKETS]> = ConstStaticCell::new([[0; 2048]; SOCKETS]);
static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
    ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
static STACK: StaticCell<Stack<'static, SOCKETS>> = StaticCell::new();

/// The site, and a page about the device.
struct Device {
    clock: &'static Clock,
    stack: &'static Stack<'static, SOCKETS>,
}

static CLOCK: StaticCell<Clock> = StaticCell::new();

impl Site for Device {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path != "/status" {
            return Www.request_handler(details).await;
        }
        let text = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")];
        let status = self.status();
        details
            .connection
            .make_response(Response::new(Status::OK).headers(&text).body(status.as_bytes()))
            .await
    }
}

impl Device {
    fn status(&self) -> String<192> {
        let mut text = String::new();
        let census = self.stack.census();
        // What does not fit is left out.
        let _ = write!(
            text,
            "uptime {} s\nsockets {} listening, {} waiting, {} served, {} closing\nstack {} bytes at the deepest\n\
             RAM {} bytes static, {} never used\n",
            self.clock.now().as_secs(),
            census.listening,
            census.waiting,
            census.served,
            census.closing,
            memory::stack_peak(),
            memory::statics(),
            memory::never_used(),
        );
        text
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

    let mut stack = Stack::new(SocketSet::new(&mut STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS])[..]), 80, Deadlines::DEFAULT);
    for memory in BYTES.take() {
        let (receive, send) = memory.split_at_mut(1024);
        stack.add(receive, send);
    }
    let stack: &'static Stack<'static, SOCKETS> = STACK.init(stack);
    let site = Device { clock, stack };
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
