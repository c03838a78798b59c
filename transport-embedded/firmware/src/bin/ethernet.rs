//! bantam's site over Ethernet: smoltcp, no executor, 8 connections and one to spare.

#![no_std]
#![no_main]

use core::cell::Cell;
use core::pin::Pin;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Response, Site};
#[cfg(feature = "dhcp")]
use bantam_embedded::tcp::{Dhcp, Lease};
use bantam_embedded::tcp::{Stack, slot};
use bantam_firmware::clock::Clock;
use bantam_firmware::mac::Mac;
use bantam_firmware::place::Place;
use bantam_firmware::{console, memory, sleep};
use bantam_www::Www;
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

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::new());
// Filled at run time: empty storage is not all zeros, and would lie in flash as large as it is in RAM.
static STORAGE: ConstStaticCell<Vec<SocketStorage<'static>, ALL_SOCKETS>> = ConstStaticCell::new(Vec::new());
static INTERFACE: StaticCell<Interface> = StaticCell::new();
static BYTES: ConstStaticCell<[[u8; RECEIVE + SEND]; SOCKETS]> =
    ConstStaticCell::new([[0; RECEIVE + SEND]; SOCKETS]);
static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; SLOTS]> =
    ConstStaticCell::new([const { Buffers::new() }; SLOTS]);
static FUTURES: [Place<776>; SLOTS] = [const { Place::new() }; SLOTS];
static STACK: StaticCell<Stack<'static, SOCKETS>> = StaticCell::new();

/// The site, and a page about the device.
struct Device {
    clock: &'static Clock,
    stack: &'static Stack<'static, SOCKETS>,
    requests: Cell<usize>,
}

static CLOCK: StaticCell<Clock> = StaticCell::new();
static SITE: StaticCell<Device> = StaticCell::new();

impl Site for Device {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.requests.set(self.requests.get() + 1);
        if details.uri.path != "/status" {
            return Www.request_handler(details).await;
        }
        let text = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")];
        let status = self.status();
        details.connection.make_response(Response::new(Status::OK).headers(&text).body(&status)).await
    }
}

impl Device {
    fn status(&self) -> Vec<u8, 192> {
        let mut text = Vec::new();
        let census = self.stack.census();
        for (before, number, behind) in [
            ("uptime ", self.clock.now().as_secs() as usize, " s\n"),
            ("requests ", self.requests.get(), "\n"),
            ("sockets ", census.listening, " listening, "),
            ("", census.waiting, " waiting, "),
            ("", census.served, " served, "),
            ("", census.closing, " closing\n"),
            ("stack ", memory::stack_peak(), " bytes at the deepest\n"),
            ("RAM ", memory::statics(), " bytes static, "),
            ("", memory::never_used(), " never used\n"),
        ] {
            let digits = decimal(number);
            for part in [before.as_bytes(), digits.trim_ascii_start(), behind.as_bytes()] {
                // What does not fit is left out.
                let _ = text.extend_from_slice(part);
            }
        }
        text
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

/// A number in digits; without what formats anything else there is.
fn decimal(mut number: usize) -> [u8; 8] {
    let mut digits = *b"       0";
    for place in digits.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits
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
    let site: &'static Device = SITE.init(Device { clock, stack, requests: Cell::new(0) });
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
