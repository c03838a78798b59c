//! bantam's site over Ethernet: embassy-net, one task for the network and one for each of 8 connections.

#![no_std]
#![no_main]

use core::ptr::null_mut;
use core::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::embassy::{Port, worker};
use bantam_firmware::about::{Device, Report, Text, say};
use bantam_firmware::clock::Clock;
use bantam_firmware::driver::Ethernet;
use bantam_firmware::mac::Mac;
use bantam_firmware::{console, executor, memory, sleep, time};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use embassy_executor::raw::Executor;
use embassy_net::tcp::TcpSocket;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Runner, Stack, StackResources, StaticConfigV4};
use static_cell::{ConstStaticCell, StaticCell};

/// As many connections at once, each with a task.
const WORKERS: usize = 8;
/// Sequence numbers begin with it. The board has nothing random; what is exposed to strangers needs something.
const SEED: u64 = 0x6261_6e74_616d;

/// What a worker works in: TCP's buffers, and HTTP's.
struct Memory {
    receive: [u8; 1024],
    send: [u8; 1024],
    buffers: Buffers<1024, 512>,
}

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::new());
static MEMORY: ConstStaticCell<[Memory; WORKERS]> = ConstStaticCell::new(
    [const { Memory { receive: [0; 1024], send: [0; 1024], buffers: Buffers::new() } }; WORKERS],
);
static RESOURCES: StaticCell<StackResources<WORKERS>> = StaticCell::new();
static EXECUTOR: StaticCell<Executor> = StaticCell::new();
static SITE: StaticCell<Device<State>> = StaticCell::new();

/// What `/status` says.
struct State {
    port: Port,
}

impl Report for State {
    fn uptime(&self) -> Duration {
        time::now()
    }

    fn sockets(&self, text: &mut Text) {
        say(text, "", self.port.listening(), " listening");
    }
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Ethernet>) {
    runner.run().await;
}

#[embassy_executor::task(pool_size = WORKERS)]
async fn serve(stack: Stack<'static>, site: &'static Device<State>, memory: &'static mut Memory) {
    let mut socket = TcpSocket::new(stack, &mut memory.receive, &mut memory.send);
    worker(&site.report.port, &mut socket, site, &mut memory.buffers).await;
}

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    time::start(Clock::start(peripherals.SYST));
    sleep::prepare();

    let config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(10, 0, 2, 15), 24),
        gateway: Some(Ipv4Address::new(10, 0, 2, 2)),
        dns_servers: Default::default(),
    });
    let ethernet = Ethernet::start(MAC.take());
    let (stack, runner) = embassy_net::new(ethernet, config, RESOURCES.init(StackResources::new()), SEED);
    let site: &Device<State> = SITE.init(Device::new(State { port: Port::new(80, Deadlines::DEFAULT) }));

    let executor: &Executor = EXECUTOR.init(Executor::new(null_mut()));
    let spawner = executor.spawner();
    spawner.spawn(network(runner).expect("there is one network"));
    for memory in MEMORY.take() {
        spawner.spawn(serve(stack, site, memory).expect("there is a task for each worker"));
    }
    console::say(b"READY http://10.0.2.15/\n");
    executor::run(executor)
}
